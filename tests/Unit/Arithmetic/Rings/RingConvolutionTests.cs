using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Unit.HomomorphicEncryption.Linear;

namespace Blindsight.Unit.Arithmetic.Rings;

public sealed class RingConvolutionTests
{
    private delegate void Path(ConvolutionGeometry g, ReadOnlySpan<uint> input, ReadOnlySpan<short> weights, Span<uint> output);

    private delegate void WidePath(ConvolutionGeometry g, ReadOnlySpan<uint> input, ReadOnlySpan<uint> weights, Span<uint> output);

    private static IEnumerable<Path> Paths
    {
        get
        {
            yield return RingConvolution.Convolve;
            yield return RingConvolution.Convolve<RingLane1>;
            if (RingLane8.IsSupported) yield return RingConvolution.Convolve<RingLane8>;
            if (RingLane16.IsSupported) yield return RingConvolution.Convolve<RingLane16>;
        }
    }

    [Fact]
    public void Chosen_layers_agree_with_the_definition_on_every_path()
    {
        using Prg prg = Prg.Derive("ring convolution"u8, "chosen");
        foreach (ConvolutionGeometry g in Geometries.Chosen) AssertLayer(g, prg, short.MaxValue);
    }

    [Fact]
    public void Random_layers_agree_with_the_definition_on_every_path()
    {
        using Prg prg = Prg.Derive("ring convolution"u8, "random");
        for (int i = 0; i < 300; i++) AssertLayer(Geometries.Random(prg), prg, short.MaxValue);
    }

    [Fact]
    public void Every_length_of_fan_in_is_summed_to_its_end()
    {
        using Prg prg = Prg.Derive("ring convolution"u8, "tails");
        for (int inputs = 1; inputs < 140; inputs++) AssertLayer(ConvolutionGeometry.Dense(inputs, 3), prg, short.MaxValue);
    }

    [Fact]
    public void Every_number_of_positions_is_computed_to_its_end()
    {
        using Prg prg = Prg.Derive("ring convolution"u8, "positions");
        for (int width = 1; width < 150; width++)
        {
            ConvolutionGeometry g = Geometries.Square(3, 1, 6, 1, 1, 0) with { InWidth = width };
            AssertLayer(g, prg, short.MaxValue);
            AssertLayer(g with { Groups = 3, OutChannels = 3 }, prg, short.MaxValue);
        }
    }

    [Fact]
    public void Weights_may_be_ring_elements_on_every_path()
    {
        using Prg prg = Prg.Derive("ring convolution"u8, "wide weights");
        foreach (ConvolutionGeometry g in Geometries.Chosen.Concat(Enumerable.Range(0, 100).Select(_ => Geometries.Random(prg))))
        {
            uint[] input = Geometries.Uniform(g.InElements, prg), weights = Geometries.Uniform(g.WeightElements, prg);
            short[] low = Array.ConvertAll(weights, w => (short)w), high = Array.ConvertAll(weights, w => (short)((w - (uint)(short)w) >> 16));
            uint[] lowSum = Geometries.Convolve(g, input, low), highSum = Geometries.Convolve(g, input, high), actual = new uint[g.OutElements];
            uint[] expected = [.. lowSum.Zip(highSum, (l, h) => l + (h << 16))];
            AssertWide(RingConvolution.Convolve);
            AssertWide(RingConvolution.Convolve<RingLane1, uint>);
            if (RingLane8.IsSupported) AssertWide(RingConvolution.Convolve<RingLane8, uint>);
            if (RingLane16.IsSupported) AssertWide(RingConvolution.Convolve<RingLane16, uint>);

            void AssertWide(WidePath path)
            {
                Array.Fill(actual, 0xdeadbeef);
                path(g, input, weights, actual);
                Assert.Equal(expected, actual);
            }
        }
    }

    [Fact]
    public void Columns_of_ring_elements_are_those_of_the_scalar_path()
    {
        using Prg prg = Prg.Derive("ring convolution"u8, "wide columns");
        for (int fanIn = 1; fanIn < 40; fanIn++)
            for (int rows = 1; rows <= 4; rows++)
            {
                uint[] weights = Geometries.Uniform(rows * fanIn, prg), columns = new uint[4 * fanIn], scalar = new uint[4 * fanIn];
                WeightColumns.Interleave(weights, rows, fanIn, columns);
                WeightColumns.InterleaveScalar(weights, rows, fanIn, scalar, 0);
                Assert.Equal(scalar, columns);
                for (int i = 0; i < weights.Length; i++) Assert.Equal(weights[i], columns[i % fanIn * 4 + i / fanIn]);
            }
        Assert.Throws<ArgumentException>(() => WeightColumns.Interleave(new uint[7], 2, 4, new uint[16]));
    }

    [Fact]
    public void Columns_of_weights_are_those_of_the_scalar_path()
    {
        using Prg prg = Prg.Derive("ring convolution"u8, "columns");
        for (int fanIn = 1; fanIn < 70; fanIn++)
            for (int rows = 1; rows <= 4; rows++)
            {
                short[] weights = new short[rows * fanIn];
                foreach (ref short weight in weights.AsSpan()) weight = (short)prg.NextUInt64();
                weights[^1] = short.MinValue;
                uint[] columns = new uint[4 * fanIn], scalar = new uint[4 * fanIn];
                WeightColumns.Interleave(weights, rows, fanIn, columns);
                WeightColumns.InterleaveScalar(weights, rows, fanIn, scalar, 0);
                Assert.Equal(scalar, columns);
                for (int i = 0; i < weights.Length; i++) Assert.Equal((uint)weights[i], columns[i % fanIn * 4 + i / fanIn]);
            }
        Assert.Throws<ArgumentException>(() => WeightColumns.Interleave(new short[7], 2, 4, new uint[16]));
        Assert.Throws<ArgumentException>(() => WeightColumns.Interleave(new short[8], 2, 4, new uint[15]));
    }

    [Fact]
    public void Extreme_weights_and_elements_wrap()
    {
        ConvolutionGeometry g = Geometries.Square(5, 9, 6, 3, 1, 1);
        short[] weights = [.. Enumerable.Range(0, g.WeightElements).Select(i => i % 2 == 0 ? short.MinValue : short.MaxValue)];
        uint[] input = [.. Enumerable.Range(0, g.InElements).Select(i => i % 3 == 0 ? uint.MaxValue : 1u << 31)];
        AssertAgrees(g, input, weights);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        ConvolutionGeometry g = ConvolutionGeometry.Dense(4, 2);
        Assert.Throws<ArgumentException>(() => RingConvolution.Convolve(g, new uint[3], new short[8], new uint[2]));
        Assert.Throws<ArgumentException>(() => RingConvolution.Convolve(g, new uint[4], new short[7], new uint[2]));
        Assert.Throws<ArgumentException>(() => RingConvolution.Convolve(g, new uint[4], new short[8], new uint[3]));
    }

    private static void AssertLayer(ConvolutionGeometry g, Prg prg, int most) =>
        AssertAgrees(g, Geometries.Uniform(g.InElements, prg), Geometries.Weights(g, prg, most));

    private static void AssertAgrees(ConvolutionGeometry g, uint[] input, short[] weights)
    {
        uint[] expected = Geometries.Convolve(g, input, weights), actual = new uint[g.OutElements];
        foreach (Path path in Paths)
        {
            Array.Fill(actual, 0xdeadbeef);
            path(g, input, weights, actual);
            Assert.Equal(expected, actual);
        }
    }
}
