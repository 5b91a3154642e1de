using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Linear;

public sealed class LinearRefusalTests : IDisposable
{
    private static readonly byte[] Binding = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly Prg _prg = Prg.Derive([], "refusals");
    private readonly LinearRequest _request = LinearPacking.Choose(RlweParameters.Linear, LinearConsumer.Precise(ConvolutionGeometry.Dense(20, 30)))[0];
    private readonly RlweClient _client;
    private readonly RlweServer _server;
    private readonly uint[] _mask = new uint[20];

    public LinearRefusalTests()
    {
        _client = new RlweClient(RlweParameters.Linear, Binding, _prg);
        byte[] key = new byte[_client.PublicKeyBytes];
        _client.WritePublicKey(key);
        _server = new RlweServer(RlweParameters.Linear, Binding, key);
    }

    [Fact]
    public void Malformed_public_keys_are_refused()
    {
        byte[] key = new byte[_client.PublicKeyBytes];
        _client.WritePublicKey(key);
        foreach (byte[] malformed in Malformed(key))
            Assert.Throws<FormatException>(() => new RlweServer(RlweParameters.Linear, Binding, malformed));
    }

    [Fact]
    public void Malformed_requests_are_refused_and_the_next_is_answered()
    {
        byte[] message = new byte[_request.RequestBytes];
        _client.Encrypt(_request, 0, 0, _mask, message);
        foreach (byte[] malformed in Malformed(message))
            Assert.Throws<FormatException>(() => _server.Read(_request, 0, 0, malformed));
        using RequestCiphertexts ciphertexts = _server.Read(_request, 0, 0, message);
        Assert.Equal(_request, ciphertexts.Request);
    }

    [Fact]
    public void Responses_of_the_wrong_length_are_refused()
    {
        LinearPacking packing = _request.Packings[0];
        uint[] share = new uint[packing.Geometry.OutElements];
        foreach (int length in new[] { 0, packing.ResponseBytes - 1, packing.ResponseBytes + 1 })
            Assert.Throws<FormatException>(() => _client.Decrypt(packing, new byte[length], share));
    }

    [Fact]
    public void Unused_bits_of_a_response_must_be_zero()
    {
        LinearPacking packing = _request.Packings[0];
        byte[] response = new byte[packing.ResponseBytes];
        response[^1] = 0xff;
        Assert.NotEqual(0, packing.Geometry.OutElements * 33 % 8);
        Assert.Throws<FormatException>(() => _client.Decrypt(packing, response, new uint[packing.Geometry.OutElements]));
    }

    [Fact]
    public void A_seed_serves_one_encryption()
    {
        byte[] message = new byte[_request.RequestBytes];
        _client.Encrypt(_request, 3, 1, _mask, message);
        Assert.Throws<InvalidOperationException>(() => _client.Encrypt(_request, 3, 1, _mask, message));
        Assert.Throws<InvalidOperationException>(() => _client.Encrypt(_request, 2, 1, _mask, message));
        _client.Encrypt(_request, 3, 2, _mask, message);
        _client.Encrypt(_request, 4, 1, _mask, message);
    }

    [Fact]
    public void Ciphertexts_of_another_request_and_freed_ones_are_refused()
    {
        LinearRequest other = LinearPacking.Choose(RlweParameters.Linear, LinearConsumer.Precise(ConvolutionGeometry.Dense(20, 30)))[0];
        LinearPacking packing = other.Packings[0];
        byte[] message = new byte[_request.RequestBytes], response = new byte[packing.ResponseBytes];
        _client.Encrypt(_request, 0, 0, _mask, message);
        RequestCiphertexts ciphertexts = _server.Read(_request, 0, 0, message);
        uint[] share = new uint[packing.Geometry.OutElements];
        using PreparedWeights foreign = PreparedWeights.Prepare(packing, new short[600]);
        using PreparedWeights own = PreparedWeights.Prepare(_request.Packings[0], new short[600]);
        Assert.Throws<ArgumentException>(() => _server.Evaluate(foreign, ciphertexts, response, share, _prg));
        ciphertexts.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _server.Evaluate(own, ciphertexts, response, share, _prg));
    }

    [Fact]
    public void Short_bindings_and_buffers_of_the_wrong_length_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new RlweClient(RlweParameters.Linear, new byte[15], _prg));
        Assert.Throws<ArgumentException>(() => _client.Encrypt(_request, 0, 0, new uint[19], new byte[_request.RequestBytes]));
        Assert.Throws<ArgumentException>(() => _client.Encrypt(_request, 0, 0, _mask, new byte[_request.RequestBytes - 1]));
        Assert.Throws<ArgumentException>(() => _client.Decrypt(
            _request.Packings[0], new byte[_request.Packings[0].ResponseBytes], new uint[29]));
        Assert.Throws<ArgumentException>(() => PreparedWeights.Prepare(_request.Packings[0], new short[599]));
    }

    [Fact]
    public void Answers_depend_on_fresh_randomness_and_not_on_threads_or_memory()
    {
        LinearRequest request = LinearPacking.Choose(RlweParameters.Linear, LinearConsumer.Precise(Geometries.Square(6, 16, 9, 3, 1, 1)))[0];
        byte[] message = new byte[request.RequestBytes];
        _client.Encrypt(request, 0, 0, new uint[request.InElements], message);
        using RequestCiphertexts ciphertexts = _server.Read(request, 0, 0, message);
        LinearPacking packing = request.Packings[0];
        short[] values = Geometries.Weights(packing.Geometry, _prg, 4095);
        byte[] one = Answer(seed: 1, threads: 1);
        Assert.Equal(one, Answer(seed: 1, threads: 2));
        Assert.NotEqual(one, Answer(seed: 2, threads: 1));
        Assert.True(packing.Polynomials > 1);
        foreach (long memory in new[] { 0, packing.PreparedBytes / 2, packing.PreparedBytes })
            for (int threads = 1; threads < 3; threads++) Assert.Equal(one, Answer(1, threads, memory));

        byte[] Answer(ulong seed, int threads, long memory = long.MaxValue)
        {
            using PreparedWeights weights = PreparedWeights.Prepare(packing, values, memory, threads);
            Assert.InRange(weights.KeptBytes, 0, memory);
            using Prg fresh = Prg.Derive([], "fresh", seed);
            byte[] response = new byte[request.Packings[0].ResponseBytes];
            _server.Evaluate(weights, ciphertexts, response, new uint[9 * 16 * 16], fresh, threads);
            return response;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _prg.Dispose();
    }

    /// <summary>Too short, too long, empty, and with coefficients above the modulus at the end.</summary>
    private static IEnumerable<byte[]> Malformed(byte[] message)
    {
        yield return message[..^1];
        yield return [.. message, 0];
        yield return [];
        byte[] saturated = [.. message];
        saturated.AsSpan(saturated.Length - 14).Fill(0xff);
        yield return saturated;
    }
}
