using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Linear;

public sealed class WeightDigitsTests
{
    private static readonly byte[] Binding = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static TheoryData<int> Layers => [.. Enumerable.Range(0, Geometries.Chosen.Length)];

    [Theory, MemberData(nameof(Layers))]
    public void Digits_times_spread_inputs_sum_to_the_convolution(int layer)
    {
        ConvolutionGeometry geometry = Geometries.Chosen[layer];
        foreach ((int ringBits, int shift, int spread, int digits) in new[] { (16, 11, 0, 2), (16, 8, 6, 2), (16, 16, 0, 2), (20, 12, 0, 3), (12, 2, 2, 1) })
        {
            LinearConsumer consumer = Consumer(geometry, ringBits, shift, spread);
            WeightDigits chosen = WeightDigits.Best(digits, [consumer]);
            LinearConsumer widened = chosen.Widen(consumer);
            Assert.Equal(digits * geometry.InChannels, widened.Geometry.InChannels);
            (uint[] input, uint[] weights) = Uniform(geometry);
            uint[] spreadInput = new uint[widened.Geometry.InElements];
            chosen.Spread(widened, input, spreadInput);
            uint[] actual = new uint[geometry.OutElements], expected = new uint[geometry.OutElements];
            short[] small = chosen.Split(widened, weights);
            RingConvolution.Convolve(widened.Geometry, spreadInput, small, actual);
            RingConvolution.Convolve(geometry, input, weights, expected);
            for (int i = 0; i < actual.Length; i++)
                Assert.Equal(0u, (actual[i] - expected[i]) << (32 - ringBits - consumer.ChannelShifts[i / (actual.Length / geometry.OutChannels)]));
            Assert.All(small, digit => Assert.InRange((int)digit, -(1 << 15), (1 << 15) - 1));
        }
    }

    [Theory, MemberData(nameof(Layers))]
    public void Encrypted_products_of_uniform_weights_are_exact_within_the_noise_of_the_largest(int layer)
    {
        ConvolutionGeometry geometry = Geometries.Chosen[layer];
        LinearConsumer consumer = Consumer(geometry, 16, 10, 3);
        WeightDigits digits = WeightDigits.Best(2, [consumer]);
        LinearPacking packing = LinearPacking.Choose(RlweParameters.Linear, digits.Widen(consumer))[0].Packings[0];
        (uint[] input, uint[] weights) = Uniform(geometry);
        using Prg clientPrg = Prg.Derive([], "digits client"), serverPrg = Prg.Derive([], "digits server");
        using RlweClient client = new(RlweParameters.Linear, Binding, clientPrg);
        byte[] key = new byte[client.PublicKeyBytes], message = new byte[packing.Request.RequestBytes], response = new byte[packing.ResponseBytes];
        client.WritePublicKey(key);
        using RlweServer server = new(RlweParameters.Linear, Binding, key);
        uint[] spread = new uint[packing.Geometry.InElements], exact = new uint[geometry.OutElements];
        uint[] first = new uint[exact.Length], second = new uint[exact.Length];
        digits.Spread(packing.Kept, input, spread);
        client.Encrypt(packing.Request, 0, 0, spread, message);
        using RequestCiphertexts ciphertexts = server.Read(packing.Request, 0, 0, message);
        using PreparedWeights prepared = PreparedWeights.Prepare(packing, digits.Split(packing.Kept, weights));
        server.Evaluate(prepared, ciphertexts, response, second, serverPrg);
        client.Decrypt(packing, response, first);
        RingConvolution.Convolve(geometry, input, weights, exact);
        double rounding = Math.ScaleB(1, -10);
        for (int i = 0; i < exact.Length; i++)
        {
            int shift = consumer.ChannelShifts[i / (exact.Length / geometry.OutChannels)], unused = 16 - shift;
            double error = Math.ScaleB((int)(first[i] + second[i] - exact[i] << unused) >> unused, -shift);
            Assert.InRange(Math.Abs(error), 0, packing.LargestNoise.BoundUnits + rounding);
        }
        Assert.True(packing.PredictedNoise(digits.Split(packing.Kept, weights)).DeviationUnits <= packing.LargestNoise.DeviationUnits);
    }

    [Fact]
    public void The_noise_of_the_largest_holds_for_the_largest()
    {
        ConvolutionGeometry geometry = Geometries.Square(16, 16, 20, 3, 1, 1);
        LinearConsumer consumer = Consumer(geometry, 16, 9, 5);
        WeightDigits digits = WeightDigits.Best(2, [consumer]);
        LinearPacking packing = LinearPacking.Choose(RlweParameters.Linear, digits.Widen(consumer))[0].Packings[0];
        short[] largest = new short[packing.Geometry.WeightElements];
        int fanIn = geometry.FanIn;
        for (int i = 0; i < largest.Length; i++)
        {
            int channel = i / (2 * fanIn), bits = 16 + consumer.ChannelShifts[channel], start = digits.Starts[1];
            largest[i] = (short)-(1 << (i / fanIn % 2 == 0 ? start : bits - start) - 1);
        }
        Assert.InRange(packing.PredictedNoise(largest).DeviationUnits, 0.7 * packing.LargestNoise.DeviationUnits, packing.LargestNoise.DeviationUnits * 1.0001);
    }

    [Fact]
    public void Digits_that_overlap_or_do_not_fit_are_refused()
    {
        Assert.Throws<ParameterException>(() => new WeightDigits());
        Assert.Throws<ParameterException>(() => new WeightDigits(1));
        Assert.Throws<ParameterException>(() => new WeightDigits(0, 0));
        Assert.Throws<ParameterException>(() => new WeightDigits(0, 17));
        Assert.Throws<ParameterException>(() => new WeightDigits(0, 8).Widen(Consumer(ConvolutionGeometry.Dense(2, 2), 16, 9, 0)));
        LinearConsumer widened = new WeightDigits(0, 13).Widen(Consumer(ConvolutionGeometry.Dense(2, 2), 16, 9, 0));
        Assert.Throws<ArgumentException>(() => widened.Digits!.Split(widened, new uint[3]));
        Assert.Throws<ArgumentException>(() => widened.Digits!.Spread(widened, new uint[2], new uint[3]));
    }

    private static LinearConsumer Consumer(ConvolutionGeometry geometry, int ringBits, int shift, int spread) =>
        new(geometry, ringBits, [.. Enumerable.Range(0, geometry.OutChannels).Select(channel => shift + channel % (spread + 1))]);

    private static (uint[] Input, uint[] Weights) Uniform(ConvolutionGeometry geometry)
    {
        using Prg prg = Prg.Derive([], "uniform weights");
        uint[] input = new uint[geometry.InElements], weights = new uint[geometry.WeightElements];
        prg.Fill<uint>(input);
        prg.Fill<uint>(weights);
        return (input, weights);
    }
}
