using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Unit.Arithmetic.Residues;

public sealed class ResidueSamplerTests
{
    private const int Samples = 1 << 20;
    private static readonly byte[] Key = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    [Fact]
    public void Noise_has_the_predicted_mean_variance_and_range()
    {
        using AesCounter stream = new(Key);
        double[] noise = new double[Samples];
        ResidueSampler.AddNoise(stream, 0, noise, new ulong[Samples]);
        double predicted = ResidueSampler.NoiseDeviation * ResidueSampler.NoiseDeviation;
        // The variance of x^2 is about 2 v^2: five deviations of the means of x and of x^2.
        Assert.InRange(noise.Average(), -5 * Math.Sqrt(predicted / Samples), 5 * Math.Sqrt(predicted / Samples));
        double tolerance = 5 * predicted * Math.Sqrt(2.0 / Samples);
        Assert.InRange(noise.Average(x => x * x), predicted - tolerance, predicted + tolerance);
        Assert.All(noise, x => Assert.True(Math.Abs(x) <= ResidueSampler.NoiseMax && x == Math.Round(x)));
    }

    [Fact]
    public void Noise_is_added_to_what_was_there()
    {
        using AesCounter stream = new(Key);
        double[] alone = new double[64], added = new double[64];
        Array.Fill(added, 1000);
        ulong[] scratch = new ulong[64];
        ResidueSampler.AddNoise(stream, 0, alone, scratch);
        ResidueSampler.AddNoise(stream, 0, added, scratch);
        Assert.Equal(alone.Select(x => x + 1000), added);
        Assert.All(scratch, word => Assert.Equal(0UL, word));
    }

    [Fact]
    public void Ternary_values_are_equally_frequent()
    {
        using AesCounter stream = new(Key);
        double[] values = new double[Samples];
        ResidueSampler.Ternary(stream, 0, values);
        double tolerance = 5 * Math.Sqrt(Samples * 2.0 / 9);
        foreach (double value in new[] { -1.0, 0, 1 })
            Assert.InRange(values.Count(x => x == value), Samples / 3.0 - tolerance, Samples / 3.0 + tolerance);
        Assert.InRange(values.Average(x => x * x), 2.0 / 3 - tolerance / Samples, 2.0 / 3 + tolerance / Samples);
    }

    [Theory]
    [InlineData(1125899903827969)]
    [InlineData(1031)]
    public void Uniform_residues_are_below_the_prime_and_evenly_spread(ulong prime)
    {
        const int Bins = 256;
        Assert.Contains(NttPrimes.Values, value => value == 1125899903827969);
        using AesCounter stream = new(Key);
        ulong[] residues = new ulong[Samples];
        ResidueSampler.Uniform(new PrimeModulus(prime), stream, 0, residues);
        Assert.All(residues, x => Assert.True(x < prime));
        double[] bins = new double[Bins], expected = new double[Bins];
        foreach (ulong x in residues) bins[(int)((UInt128)x * Bins / prime)]++;
        for (int i = 0; i < Bins; i++)
        {
            ulong from = (ulong)(((UInt128)i * prime + Bins - 1) / Bins), to = (ulong)(((UInt128)(i + 1) * prime + Bins - 1) / Bins);
            expected[i] = (double)(to - from) / prime * Samples;
        }
        double chiSquare = bins.Zip(expected, (seen, mean) => (seen - mean) * (seen - mean) / mean).Sum();
        // 255 degrees of freedom: mean 255, deviation 22.6.
        Assert.InRange(chiSquare, 255 - 5 * 22.6, 255 + 5 * 22.6);
    }
}
