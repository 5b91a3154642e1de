using System.Collections.Immutable;
using Blindsight.Arithmetic.Rings;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Sessions;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Times linear layers: ciphertexts at the client and at the server, and products in the clear.</summary>
internal static class LinearTimes
{
    private const int RingBits = 16, Shift = 10;

    /// <summary>Few and many products for each ciphertext of the response, and few and many elements; the second's weights do not fit a cache.</summary>
    private static readonly ImmutableArray<ConvolutionGeometry> Layers = [Square(4, 8, 32, 3), Square(128, 128, 16, 3), ConvolutionGeometry.Dense(2048, 256)];

    public static void Ciphertexts(IDictionary<Work, WorkCost> costs)
    {
        LinearPacking[] packings = [.. Layers.Select(Packing)];
        byte[] binding = new byte[32];
        using RlweClient client = new(SessionSetup.Parameters, binding, Timing.Randomness());
        byte[] key = new byte[client.PublicKeyBytes];
        client.WritePublicKey(key);
        using RlweServer server = new(SessionSetup.Parameters, binding, key);
        Observation[] seen = [.. packings.Select(packing => Observe(packing, client, server))];
        costs[Work.CiphertextEncrypted] = WorkCost.Of(0, seen[1].EncryptNs / packings[1].Request.Blocks);
        costs[Work.CiphertextRead] = WorkCost.Of(0, seen[1].ReadNs / packings[1].Request.Blocks);
        costs[Work.WeightTransformed] = WorkCost.Of(0, seen[1].TransformNs / packings[1].TransformsOfRow(0));
        double[][] shape = [.. packings.Select(packing => new[] { packing.Products, (double)packing.Polynomials, packing.Geometry.OutElements })];
        double[] server3 = LeastSquares.Solve(shape, [.. seen.Select(one => one.EvaluateNs)]);
        costs[Work.CiphertextMultiplied] = WorkCost.Of(0, server3[0]);
        costs[Work.CiphertextAnswered] = WorkCost.Of(0, server3[1]);
        costs[Work.ResponseMade] = WorkCost.Of(0, server3[2]);
        double[] client2 = LeastSquares.Solve([.. shape.Select(row => row[1..])], [.. seen.Select(one => one.DecryptNs)]);
        costs[Work.CiphertextDecrypted] = WorkCost.Of(0, client2[0]);
        costs[Work.ResponseRead] = WorkCost.Of(0, client2[1]);
    }

    public static void ClearProducts(IDictionary<Work, WorkCost> costs)
    {
        ConvolutionGeometry[] layers = [Square(64, 64, 16, 3), Square(16, 16, 32, 1), Square(32, 32, 8, 3)];
        double[] solved = LeastSquares.Solve(
            [.. layers.Select(g => new[] { (double)g.Macs, g.OutElements * 3 + g.InChannels * g.InHeight * g.InWidth })],
            [.. layers.Select(Convolve)]);
        costs[Work.ClearProduct] = WorkCost.Of(0, solved[0]);
        costs[Work.LinearElement] = WorkCost.Of(0, solved[1]);
    }

    /// <summary>A plan's layer, from the tensors' widths to its packing.</summary>
    public static void Packings(IDictionary<Work, WorkCost> costs) => costs[Work.LayerPacked] = WorkCost.Of(0, Timing.Of(() => Packing(Square(32, 32, 16, 3))));

    private static Observation Observe(LinearPacking packing, RlweClient client, RlweServer server)
    {
        uint[] mask = new uint[packing.Request.InElements], share = new uint[packing.Geometry.OutElements];
        byte[] request = new byte[packing.Request.RequestBytes], response = new byte[packing.ResponseBytes];
        short[] weights = [.. Enumerable.Range(0, packing.Geometry.WeightElements).Select(i => (short)(i * 7919 % 301 - 150))];
        ulong inference = 0;
        uint layer = (uint)packing.Geometry.WeightElements;
        double encrypt = Timing.Of(() => client.Encrypt(packing.Request, inference++, layer, mask, request));
        double read = Timing.Of(() => server.Read(packing.Request, inference, layer, request).Dispose());
        double transform = Timing.Of(() => PreparedWeights.Prepare(packing, weights).Dispose());
        using PreparedWeights prepared = PreparedWeights.Prepare(packing, weights);
        using RequestCiphertexts ciphertexts = server.Read(packing.Request, inference, layer, request);
        using Arithmetic.Randomness.Prg fresh = Timing.Randomness();
        double evaluate = Timing.Of(() => server.Evaluate(prepared, ciphertexts, response, share, fresh));
        double decrypt = Timing.Of(() => client.Decrypt(packing, response, share));
        return new Observation(encrypt, read, transform, evaluate, decrypt);
    }

    private static double Convolve(ConvolutionGeometry g)
    {
        uint[] input = new uint[g.InChannels * g.InHeight * g.InWidth], output = new uint[g.OutElements], sum = new uint[g.OutElements];
        short[] weights = new short[g.WeightElements];
        return Timing.Of(() =>
        {
            RingConvolution.Convolve(g, input, weights, output);
            for (int i = 0; i < output.Length; i++) sum[i] += output[i];
            Truncation.Run(true, sum, Shift, RingBits);
        });
    }

    private static LinearPacking Packing(ConvolutionGeometry geometry) => LinearPacking.Choose(SessionSetup.Parameters,
        new LinearConsumer(geometry, RingBits, [.. Enumerable.Repeat(Shift, geometry.OutChannels)]))[0].Packings[0];

    /// <summary>A convolution that keeps its size.</summary>
    public static ConvolutionGeometry Square(int inChannels, int outChannels, int size, int kernel) => new()
    {
        InChannels = inChannels, InHeight = size, InWidth = size, OutChannels = outChannels, KernelHeight = kernel, KernelWidth = kernel,
        PadTop = kernel / 2, PadLeft = kernel / 2, PadBottom = kernel / 2, PadRight = kernel / 2,
    };

    private readonly record struct Observation(double EncryptNs, double ReadNs, double TransformNs, double EvaluateNs, double DecryptNs);
}
