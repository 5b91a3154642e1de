using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Linear;

public sealed class RlweLinearTests
{
    private static readonly byte[] Connection = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly RlweParameters _parameters = RlweParameters.ForLinearLayers();

    [Fact]
    public void Shares_of_chosen_layers_add_up_within_the_bound()
    {
        using Prg prg = Prg.Derive("linear"u8, "chosen");
        foreach (ConvolutionGeometry geometry in Geometries.Chosen) AssertLayer(geometry, prg);
    }

    [Fact]
    public void Shares_of_random_layers_add_up_within_the_bound()
    {
        using Prg prg = Prg.Derive("linear"u8, "random");
        for (int i = 0; i < 60; i++) AssertLayer(Geometries.Random(prg), prg);
    }

    [Fact]
    public void Layers_on_one_tensor_share_a_request()
    {
        using Prg prg = Prg.Derive("linear"u8, "shared");
        ConvolutionGeometry wide = Geometries.Square(16, 32, 32, 3, 2, 1), narrow = Geometries.Square(16, 32, 24, 1, 2, 0);
        ConvolutionGeometry dilated = wide with { DilationHeight = 2, OutChannels = 3, PadBottom = 3 };
        ConvolutionGeometry[] geometries = [wide, narrow, dilated];
        LinearPacking[] packings = LinearPacking.ChooseShared(_parameters, geometries);
        using Parties parties = new(_parameters, prg);
        uint[] r = Geometries.Uniform(wide.InElements, prg);
        byte[] request = new byte[packings[0].RequestBytes];
        parties.Client.Encrypt(packings[0], 0, 7, r, request);
        foreach (LinearPacking packing in packings)
        {
            Assert.Equal(request.Length, packing.RequestBytes);
            short[] weights = Geometries.Weights(packing.Geometry, prg, 1000);
            AssertShares(packing, parties.Answer(packing, weights, 7, request, 1), r, weights);
        }
    }

    private void AssertLayer(ConvolutionGeometry geometry, Prg prg)
    {
        LinearPacking packing = LinearPacking.Choose(_parameters, geometry);
        using Parties parties = new(_parameters, prg);
        uint[] r = Geometries.Uniform(geometry.InElements, prg);
        short[] weights = Geometries.Weights(geometry, prg, 4095);
        byte[] request = new byte[packing.RequestBytes];
        parties.Client.Encrypt(packing, 0, 7, r, request);
        AssertShares(packing, parties.Answer(packing, weights, 7, request, 1), r, weights);
    }

    private void AssertShares(LinearPacking packing, uint[] sums, uint[] r, short[] weights)
    {
        uint[] expected = Geometries.Convolve(packing.Geometry, r, weights);
        double bound = packing.NoiseBound(_parameters, weights);
        for (int i = 0; i < sums.Length; i++)
            Assert.True(Math.Abs((int)(sums[i] - expected[i])) <= bound, $"{packing.Geometry}: output {i}");
    }

    /// <summary>A client and a server that know one another's key.</summary>
    private sealed class Parties : IDisposable
    {
        private readonly RlweParameters _parameters;
        private readonly RlweServer _server;
        private readonly Prg _clientPrg, _serverPrg;

        public Parties(RlweParameters parameters, Prg prg)
        {
            _parameters = parameters;
            _clientPrg = Prg.Derive("client"u8, "test", prg.NextUInt64());
            _serverPrg = Prg.Derive("server"u8, "test", prg.NextUInt64());
            Client = new RlweClient(parameters, Connection, _clientPrg);
            byte[] key = new byte[Client.PublicKeyBytes];
            Client.WritePublicKey(key);
            _server = new RlweServer(parameters, Connection, key);
        }

        public RlweClient Client { get; }

        public uint[] Answer(LinearPacking packing, short[] weights, uint layer, byte[] request, int threads)
        {
            using PreparedWeights prepared = PreparedWeights.Create(_parameters, packing, weights);
            byte[] response = new byte[packing.ResponseBytes];
            uint[] client = new uint[packing.Geometry.OutElements], server = new uint[packing.Geometry.OutElements];
            _server.Evaluate(prepared, 0, layer, request, _serverPrg, response, server, threads);
            Client.Decrypt(packing, response, client);
            for (int i = 0; i < client.Length; i++) client[i] += server[i];
            return client;
        }

        public void Dispose()
        {
            Client.Dispose();
            _server.Dispose();
            _clientPrg.Dispose();
            _serverPrg.Dispose();
        }
    }
}
