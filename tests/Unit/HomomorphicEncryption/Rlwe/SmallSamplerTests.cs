using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Rlwe;

public sealed class SmallSamplerTests
{
    private const int Count = 1 << 20;

    [Fact]
    public void The_Gaussian_has_its_probabilities()
    {
        const double Deviation = 3.2;
        double total = Enumerable.Range(-60, 121).Sum(x => Math.Exp(-x * x / (2 * Deviation * Deviation)));
        AssertProbabilities(SmallSampler.Gaussian(Deviation), x => Math.Exp(-x * x / (2 * Deviation * Deviation)) / total);
    }

    [Fact]
    public void Ternary_values_are_equally_probable() =>
        AssertProbabilities(SmallSampler.Ternary, x => Math.Abs(x) <= 1 ? 1.0 / 3 : 0);

    [Fact]
    public void Residues_are_below_the_prime_and_fill_their_range()
    {
        using Prg prg = Prg.Derive("samplers"u8, "uniform");
        ulong[] residues = new ulong[1 << 16];
        UniformSampler.Fill(PrimeModulus.First, prg, residues);
        Assert.All(residues, residue => Assert.True(residue < PrimeModulus.First.Value));
        double mean = residues.Average(residue => (double)residue / PrimeModulus.First.Value);
        Assert.InRange(mean, 0.5 - 6 * 0.2887 / 256, 0.5 + 6 * 0.2887 / 256);
    }

    private static void AssertProbabilities(SmallSampler sampler, Func<int, double> probability)
    {
        using Prg prg = Prg.Derive("samplers"u8, "small");
        double[] samples = new double[Count];
        sampler.Fill(prg, samples);
        int[] counts = new int[121];
        foreach (double sample in samples) counts[(int)sample + 60]++;
        for (int x = -60; x <= 60; x++)
        {
            double expected = Count * probability(x), tolerance = 6 * Math.Sqrt(expected) + 1e-3;
            if (expected > 10) Assert.InRange(counts[x + 60], expected - tolerance, expected + tolerance);
            else if (expected < 1e-9) Assert.Equal(0, counts[x + 60]);
        }
    }
}
