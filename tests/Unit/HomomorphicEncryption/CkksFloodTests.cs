using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption;

public sealed class CkksFloodTests
{
    [Fact]
    public void A_flood_is_as_wide_as_the_bits_ask_for()
    {
        CkksFlood flood = CkksFlood.Of(noise: 1e-12, numbers: 10, releases: 100, statisticalBits: 40, errorMax: 1);
        Assert.Equal(Math.Sqrt(12_000) * 1e-12 * (1 << 20), flood.Deviation, 1e-9);
        Assert.Equal(40, flood.StatisticalBits, 1e-9);
        Assert.Equal(8 * flood.Deviation, flood.ErrorBound, 1e-9);
    }

    [Fact]
    public void An_error_that_is_permitted_bounds_the_flood_and_the_bits_say_so()
    {
        CkksFlood flood = CkksFlood.Of(noise: 1e-9, numbers: 10, releases: 100, statisticalBits: 40, errorMax: 1.0 / 1024);
        Assert.Equal(1.0 / 8192, flood.Deviation, 1e-12);
        Assert.InRange(flood.StatisticalBits, 1, 39);
        CkksFlood hopeless = CkksFlood.Of(noise: 1e-3, numbers: 10, releases: 100, statisticalBits: 40, errorMax: 1.0 / 1024);
        Assert.Equal(0, hopeless.StatisticalBits);
        Assert.True(hopeless.ErrorBound > 8e-3);
    }

    [Fact]
    public void Numbers_are_flooded_by_that_deviation_and_rounded_to_the_unit()
    {
        CkksFlood flood = CkksFlood.Of(noise: 1e-9, numbers: 1, releases: 1, statisticalBits: 40, errorMax: 1);
        using Prg prg = Prg.Derive([], "flood test");
        double[] numbers = new double[20_000];
        Array.Fill(numbers, 0.3);
        flood.Apply(prg, numbers);
        Assert.All(numbers, number => Assert.Equal(number, Math.Round(number / flood.Unit) * flood.Unit));
        Assert.All(numbers, number => Assert.InRange(Math.Abs(number - 0.3), 0, flood.ErrorBound + flood.Unit / 2));
        // Rounding adds a twelfth of the unit's square; the mean says that the flood is centred.
        CkksFlood fine = flood with { ErrorBound = 1e-9 };
        double[] unrounded = new double[20_001];
        fine.Apply(prg, unrounded);
        double mean = unrounded.Average(), deviation = Math.Sqrt(unrounded.Average(number => (number - mean) * (number - mean)));
        Assert.InRange(deviation / flood.Deviation, 0.98, 1.02);
        Assert.InRange(Math.Abs(mean) / flood.Deviation, 0, 0.03);
    }

    [Theory]
    [InlineData(0, 1, 1, 40, 1)]
    [InlineData(double.NaN, 1, 1, 40, 1)]
    [InlineData(1, 0, 1, 40, 1)]
    [InlineData(1, 1, 0, 40, 1)]
    [InlineData(1, 1, 1, 0, 1)]
    [InlineData(1, 1, 1, 40, 0)]
    public void Quantities_that_are_none_are_refused(double noise, int numbers, long releases, int bits, double errorMax) =>
        Assert.Throws<ParameterException>(() => CkksFlood.Of(noise, numbers, releases, bits, errorMax));
}
