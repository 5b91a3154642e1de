using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Calibration;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Noise;

/// <summary>The errors and shares of linear layers under real encryption, against what is predicted of them.</summary>
public sealed class LinearNoiseTests(ITestOutputHelper output)
{
    private static readonly byte[] Binding = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static TheoryData<string> Layers => [.. Geometries.Keys];

    private static Dictionary<string, ConvolutionGeometry> Geometries { get; } = new()
    {
        ["dense"] = ConvolutionGeometry.Dense(1024, 2048),
        ["3x3"] = Square(32, 16, 32, 3, 1),
        ["3x3 stride 2"] = Square(32, 28, 48, 3, 1) with { StrideHeight = 2, StrideWidth = 2 },
        ["1x1"] = Square(96, 14, 64, 1, 0),
        ["depthwise"] = Square(96, 14, 96, 3, 1) with { Groups = 96 },
        ["wide image"] = Square(3, 56, 16, 3, 1),
    };

    [Theory, MemberData(nameof(Layers))]
    public void Errors_have_the_predicted_deviation_and_stay_within_the_compile_rule(string name)
    {
        ConvolutionGeometry geometry = Geometries[name];
        foreach (int weightMax in new[] { 1, 127, 4095, 32767 })
        foreach ((int ringBits, int shift, int spread, int summands) in new[] { (26, 6, 0, 1), (16, 12, 0, 1), (16, 7, 9, 1), (20, 12, 0, 2) })
        {
            ImmutableArray<int> shifts = [.. Enumerable.Range(0, geometry.OutChannels).Select(c => shift + c % (spread + 1))];
            LinearPacking packing = LinearPacking.Choose(
                RlweParameters.Linear, new LinearConsumer(geometry, ringBits, shifts, summands))[0].Packings[0];
            short[] weights = Weights(geometry, weightMax);
            (uint[] client, uint[] server, uint[] exact) = Run(packing, weights, inference: 0);
            double squares = 0, largest = 0;
            for (int i = 0; i < exact.Length; i++)
            {
                int bits = shifts[i / (exact.Length / geometry.OutChannels)], unused = 32 - ringBits - bits;
                double error = Math.ScaleB((int)(client[i] + server[i] - exact[i] << unused) >> unused, -bits);
                squares += error * error;
                largest = Math.Max(largest, Math.Abs(error));
            }
            double measured = Math.Sqrt(squares / exact.Length);
            NoisePrediction predicted = packing.PredictedNoise(weights);
            double rule = RlweNoise.Bound(geometry, weights, shifts.AsSpan(), ringBits, summands);
            output.WriteLine($"{name}, |w| <= {weightMax}, {ringBits} bits above {shift} to {shift + spread}, request without "
                + $"{packing.Request.DroppedBits}: rms {measured:F4}, predicted {predicted.DeviationUnits:F4}, "
                + $"largest {largest:F3}, bound {predicted.BoundUnits:F3}, compile rule {rule:F3}");
            // Polynomials differ in the weights they hold; the prediction is of the largest. Integer shares round twice.
            double roundingUnits = Math.ScaleB(1, -shift), evenness = spread == 0 ? 0.7 : 0.25;
            Assert.InRange(measured, evenness * predicted.DeviationUnits - 0.2 * roundingUnits, 1.1 * predicted.DeviationUnits);
            Assert.True(largest <= predicted.BoundUnits + roundingUnits);
            Assert.True(predicted.BoundUnits <= rule, $"{predicted.BoundUnits} above the compile rule's {rule}");
        }
    }

    [Fact]
    public void Shares_of_either_party_are_uniform()
    {
        const int Bins = 256, Runs = 8;
        ConvolutionGeometry geometry = Square(8, 32, 32, 3, 1);
        LinearPacking packing = LinearPacking.Choose(RlweParameters.Linear, LinearConsumer.Precise(geometry))[0].Packings[0];
        short[] weights = Weights(geometry, 127);
        double[] clientBins = new double[Bins], serverBins = new double[Bins];
        double count = 0;
        for (ulong run = 0; run < Runs; run++)
        {
            (uint[] client, uint[] server, _) = Run(packing, weights, run);
            foreach (uint share in client) clientBins[share >> 24]++;
            foreach (uint share in server) serverBins[share >> 24]++;
            count += client.Length;
        }
        double mean = count / Bins;
        // 255 degrees of freedom: mean 255, deviation 22.6.
        foreach (double[] bins in new[] { clientBins, serverBins })
            Assert.InRange(bins.Sum(seen => (seen - mean) * (seen - mean) / mean), 255 - 5 * 22.6, 255 + 5 * 22.6);
    }

    private static (uint[] Client, uint[] Server, uint[] Exact) Run(LinearPacking packing, short[] weights, ulong inference)
    {
        ConvolutionGeometry geometry = packing.Geometry;
        using Prg clientPrg = Prg.Derive([], "noise client", inference), serverPrg = Prg.Derive([], "noise server", inference);
        using RlweClient client = new(RlweParameters.Linear, Binding, clientPrg);
        byte[] key = new byte[client.PublicKeyBytes];
        client.WritePublicKey(key);
        using RlweServer server = new(RlweParameters.Linear, Binding, key);
        uint[] mask = new uint[geometry.InElements];
        clientPrg.Fill<uint>(mask);
        byte[] message = new byte[packing.Request.RequestBytes], response = new byte[packing.ResponseBytes];
        client.Encrypt(packing.Request, inference, 0, mask, message);
        using RequestCiphertexts ciphertexts = server.Read(packing.Request, inference, 0, message);
        using PreparedWeights prepared = PreparedWeights.Prepare(packing, weights);
        uint[] clientShare = new uint[geometry.OutElements], serverShare = new uint[geometry.OutElements];
        uint[] exact = new uint[geometry.OutElements];
        server.Evaluate(prepared, ciphertexts, response, serverShare, serverPrg);
        client.Decrypt(packing, response, clientShare);
        RingConvolution.Convolve(geometry, mask, weights, exact);
        return (clientShare, serverShare, exact);
    }

    private static short[] Weights(ConvolutionGeometry geometry, int weightMax)
    {
        using Prg prg = Prg.Derive([], "noise weights", (ulong)weightMax);
        short[] weights = new short[geometry.WeightElements];
        foreach (ref short weight in weights.AsSpan())
            weight = (short)((long)(prg.NextUInt64() % (ulong)(2 * weightMax + 1)) - weightMax);
        return weights;
    }

    private static ConvolutionGeometry Square(int inChannels, int size, int outChannels, int kernel, int pad) => new()
    {
        InChannels = inChannels, InHeight = size, InWidth = size, OutChannels = outChannels, KernelHeight = kernel, KernelWidth = kernel,
        PadTop = pad, PadLeft = pad, PadBottom = pad, PadRight = pad,
    };
}
