using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Linear;

public sealed class RlweRefusalTests : IDisposable
{
    private readonly RlweParameters _parameters = RlweParameters.ForLinearLayers();
    private readonly byte[] _connection = new byte[16];
    private readonly Prg _prg = Prg.Derive("refusals"u8, "linear");
    private readonly RlweClient _client;
    private readonly LinearPacking _packing;
    private readonly byte[] _key, _request, _response;

    public RlweRefusalTests()
    {
        _client = new RlweClient(_parameters, _connection, _prg);
        _packing = LinearPacking.Choose(_parameters, ConvolutionGeometry.Dense(20, 7));
        (_request, _response) = (new byte[_packing.RequestBytes], new byte[_packing.ResponseBytes]);
        _key = new byte[_client.PublicKeyBytes];
        _client.WritePublicKey(_key);
        _client.Encrypt(_packing, 1, 1, new uint[20], _request);
        Evaluate(_request, 1);
    }

    [Fact]
    public void A_place_is_encrypted_once()
    {
        Assert.Throws<InvalidOperationException>(() => _client.Encrypt(_packing, 1, 1, new uint[20], _request));
        _client.Encrypt(_packing, 1, 2, new uint[20], _request);
        _client.Encrypt(_packing, 2, 1, new uint[20], _request);
    }

    [Fact]
    public void Messages_of_a_wrong_length_are_refused()
    {
        foreach (int difference in (int[])[-1, 1])
        {
            Assert.Throws<FormatException>(() => new RlweServer(_parameters, _connection, new byte[_key.Length + difference]));
            Assert.Throws<FormatException>(() => Evaluate(new byte[_request.Length + difference], 1));
            Assert.Throws<FormatException>(() => _client.Decrypt(_packing, new byte[_response.Length + difference], new uint[7]));
        }
    }

    [Fact]
    public void Residues_that_are_not_below_the_modulus_are_refused()
    {
        byte[] saturated = [.. Enumerable.Repeat((byte)0xff, _request.Length)];
        Assert.Throws<FormatException>(() => new RlweServer(_parameters, _connection, saturated.AsSpan(0, _key.Length)));
        Assert.Throws<FormatException>(() => Evaluate(saturated, 1));
    }

    [Fact]
    public void Bits_after_the_last_residue_are_refused()
    {
        // 7 outputs of 33 bits end one bit before the last byte does.
        _client.Decrypt(_packing, _response, new uint[7]);
        _response[^1] |= 0x80;
        Assert.Throws<FormatException>(() => _client.Decrypt(_packing, _response, new uint[7]));
    }

    [Fact]
    public void Buffers_of_a_wrong_length_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _client.Encrypt(_packing, 9, 9, new uint[19], _request));
        Assert.Throws<ArgumentException>(() => _client.Decrypt(_packing, _response, new uint[8]));
        Assert.Throws<ArgumentException>(() => PreparedWeights.Create(_parameters, _packing, new short[139]));
        Assert.Throws<ArgumentException>(() => new RlweClient(_parameters, new byte[15], _prg));
    }

    [Fact]
    public void A_window_larger_than_a_polynomial_is_refused() => Assert.Throws<ParameterException>(
        () => LinearPacking.Choose(_parameters, Geometries.Square(1, 60, 1, 50, 1, 0)));

    [Fact]
    public void Layers_on_different_inputs_do_not_share_a_request() => Assert.Throws<ArgumentException>(
        () => LinearPacking.ChooseShared(_parameters, [Geometries.Square(3, 8, 4, 3, 1, 1), Geometries.Square(3, 8, 4, 3, 2, 1)]));

    [Fact]
    public void The_answer_does_not_depend_on_threads_but_on_fresh_randomness()
    {
        LinearPacking packing = LinearPacking.Choose(_parameters, Geometries.Square(6, 16, 9, 3, 1, 1));
        byte[] request = new byte[packing.RequestBytes];
        _client.Encrypt(packing, 5, 5, new uint[packing.Geometry.InElements], request);
        byte[] one = Answer(packing, request, 1, 1);
        Assert.Equal(one, Answer(packing, request, 1, 2));
        Assert.NotEqual(one, Answer(packing, request, 2, 1));
    }

    public void Dispose()
    {
        _client.Dispose();
        _prg.Dispose();
    }

    private byte[] Answer(LinearPacking packing, byte[] request, ulong seed, int threads)
    {
        using RlweServer server = new(_parameters, _connection, _key);
        using PreparedWeights weights = PreparedWeights.Create(_parameters, packing, new short[packing.Geometry.WeightElements]);
        using Prg fresh = Prg.Derive("fresh"u8, "answers", seed);
        byte[] response = new byte[packing.ResponseBytes];
        server.Evaluate(weights, 5, 5, request, fresh, response, new uint[packing.Geometry.OutElements], threads);
        return response;
    }

    private void Evaluate(byte[] request, uint layer)
    {
        using RlweServer server = new(_parameters, _connection, _key);
        using PreparedWeights weights = PreparedWeights.Create(_parameters, _packing, new short[140]);
        server.Evaluate(weights, 1, layer, request, _prg, _response, new uint[7]);
    }
}
