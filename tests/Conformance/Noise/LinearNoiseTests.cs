using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Conformance.Noise;

/// <summary>The errors of linear layers against the formula: rms within a tenth, maximum within the bound.</summary>
public sealed class LinearNoiseTests
{
    [Theory]
    [InlineData(64, 8, 64, 400)]
    [InlineData(512, 4, 32, 400)]
    [InlineData(64, 8, 64, 4095)]
    [InlineData(4, 16, 8, 20)]
    public void Measured_errors_agree_with_the_prediction(int inputs, int size, int outputs, int magnitude)
    {
        RlweParameters parameters = RlweParameters.ForLinearLayers();
        ConvolutionGeometry g = new()
        {
            InChannels = inputs, InHeight = size, InWidth = size, OutChannels = outputs, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1,
        };
        using Prg prg = Prg.Derive("noise"u8, "linear", (ulong)inputs, (ulong)magnitude);
        // Equal magnitudes, random signs: the sum of squares of each polynomial is known.
        short[] weights = new short[g.WeightElements];
        foreach (ref short weight in weights.AsSpan()) weight = (short)((prg.NextUInt64() & 1) == 0 ? magnitude : -magnitude);
        LinearPacking packing = LinearPacking.Choose(parameters, g);
        double bound = packing.NoiseBound(parameters, weights), squares = 0, most = 0;
        const int Runs = 6;
        for (int run = 0; run < Runs; run++)
            foreach (int error in Errors(parameters, packing, weights, prg))
            {
                squares += (double)error * error;
                most = Math.Max(most, Math.Abs(error));
            }
        double scale = Math.Pow(2, 32) / parameters.Transforms[0].Modulus.Value;
        int channels = (g.OutChannels + packing.ResponsePolynomials - 1) / packing.ResponsePolynomials;
        double weightSquares = (double)magnitude * magnitude * g.FanIn * channels;
        // Error and its encoding's rounding times the weights; a's 13 dropped bits times the ternary secret; b's 16; two roundings.
        double variance = scale * scale * ((3.2 * 3.2 + 1.0 / 12) * weightSquares
            + (Math.Pow(2, 26) / 12 + 2 * 3.2 * 3.2) * 2 / 3 * parameters.Size + Math.Pow(2, 32) / 12) + 2.0 / 12;
        double measured = Math.Sqrt(squares / ((double)Runs * g.OutElements));
        Assert.InRange(measured / Math.Sqrt(variance), 0.9, 1.1);
        Assert.True(most <= bound, $"The largest error is {most}, the bound {bound}.");
        Assert.True(bound < 9 * measured + 3, $"The bound {bound} is loose for errors of {measured} rms.");
    }

    private static int[] Errors(RlweParameters parameters, LinearPacking packing, short[] weights, Prg prg)
    {
        ConvolutionGeometry g = packing.Geometry;
        byte[] connection = new byte[32];
        prg.Fill(connection);
        using RlweClient client = new(parameters, connection, prg);
        byte[] key = new byte[client.PublicKeyBytes], request = new byte[packing.RequestBytes], response = new byte[packing.ResponseBytes];
        client.WritePublicKey(key);
        using RlweServer server = new(parameters, connection, key);
        using PreparedWeights prepared = PreparedWeights.Create(parameters, packing, weights);
        uint[] r = new uint[g.InElements], expected = new uint[g.OutElements], mine = new uint[g.OutElements], theirs = new uint[g.OutElements];
        prg.Fill<uint>(r);
        client.Encrypt(packing, 0, 0, r, request);
        server.Evaluate(prepared, 0, 0, request, prg, response, theirs);
        client.Decrypt(packing, response, mine);
        RingConvolution.Convolve(g, r, weights, expected);
        return [.. expected.Select((value, i) => (int)(mine[i] + theirs[i] - value))];
    }
}
