using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Unit.Arithmetic.Residues;

public sealed class ResidueVectorTests
{
    private static readonly PrimeModulus Modulus = new(NttPrimes.Values[0]);

    public static TheoryData<int> Paths => [.. InstructionSets.Supported.Select(set => (int)set)];

    [Theory, MemberData(nameof(Paths))]
    public void Products_agree_with_the_integers_for_all_pairs_of_edge_values(int path)
    {
        (double[] x, double[] w) = EdgePairs();
        double[] product = new double[x.Length];
        ResidueVector.Multiply(Modulus, x, w, product, (InstructionSet)path);
        for (int i = 0; i < x.Length; i++) Assert.Equal(Exact(x[i], w[i], 0), Modulus.ToCanonical(product[i]));
        Assert.All(product, value => Assert.True(Math.Abs(value) <= Modulus.Value * 0.6251));
        ResidueVector.Multiply(Modulus, x, w, x, (InstructionSet)path);
        Assert.Equal(product, x);
    }

    [Theory, MemberData(nameof(Paths))]
    public void Products_are_added_to_sums_and_reduced(int path)
    {
        (double[] x, double[] w) = EdgePairs();
        double[] sum = [.. w.Reverse()];
        double[] before = [.. sum];
        ResidueVector.MultiplyAdd(Modulus, x, w, sum, (InstructionSet)path);
        for (int i = 0; i < x.Length; i++) Assert.Equal(Exact(x[i], w[i], before[i]), Modulus.ToCanonical(sum[i]));
        Assert.All(sum, value => Assert.True(Math.Abs(value) <= Modulus.Value / 2 + 1));
    }

    [Theory, MemberData(nameof(Paths))]
    public void Dots_agree_with_the_integers_for_any_number_of_rows(int path)
    {
        using Prg prg = Prg.Derive([], "dot");
        foreach (int rows in new[] { 0, 1, 7, 8, 9, 16, 61 })
            foreach (bool extreme in new[] { false, true })
            {
                int length = rows * ResidueVector.DotLanes;
                double[] weights = new double[length], a = new double[length], b = new double[length];
                for (int i = 0; i < length; i++)
                {
                    weights[i] = extreme ? Modulus.Value / 2 : Modulus.FromCanonical(prg.NextUInt64() % Modulus.Value);
                    a[i] = extreme ? Modulus.Value : Modulus.FromCanonical(prg.NextUInt64() % Modulus.Value);
                    b[i] = extreme ? -(double)(Modulus.Value - 1) : Modulus.FromCanonical(prg.NextUInt64() % Modulus.Value);
                }
                double[] sumA = new double[ResidueVector.DotLanes], sumB = new double[ResidueVector.DotLanes];
                ResidueVector.Dot(Modulus, weights, a, b, sumA, sumB, (InstructionSet)path);
                for (int lane = 0; lane < ResidueVector.DotLanes; lane++)
                {
                    double exactA = 0, exactB = 0;
                    for (int i = lane; i < length; i += ResidueVector.DotLanes)
                        (exactA, exactB) = (Exact(a[i], weights[i], exactA), Exact(b[i], weights[i], exactB));
                    Assert.Equal((ulong)exactA, Modulus.ToCanonical(sumA[lane]));
                    Assert.Equal((ulong)exactB, Modulus.ToCanonical(sumB[lane]));
                    Assert.True(Math.Abs(sumA[lane]) <= Modulus.Value / 2 + 1 && Math.Abs(sumB[lane]) <= Modulus.Value / 2 + 1);
                }
            }
    }

    [Fact]
    public void Lengths_that_no_kernel_takes_are_refused()
    {
        double[] eight = new double[8], seven = new double[7], rows = new double[64];
        Assert.Throws<ArgumentException>(() => ResidueVector.Multiply(Modulus, seven, seven, seven));
        Assert.Throws<ArgumentException>(() => ResidueVector.MultiplyAdd(Modulus, eight, eight, rows));
        Assert.Throws<ArgumentException>(() => ResidueVector.Dot(Modulus, rows, rows, eight, rows, rows));
        Assert.Throws<ArgumentException>(() => ResidueVector.Dot(Modulus, rows, rows, rows, eight, rows));
    }

    [Fact]
    public void Rounding_to_powers_of_two_is_within_the_stated_half()
    {
        foreach (ulong x in new ulong[] { 0, 1, 131072, 262143, Modulus.Value / 2, Modulus.Value / 2 + 1, Modulus.Value - 1 })
            foreach (int bits in new[] { 32, 33, 36 })
            {
                double exact = (double)x / Modulus.Value * (1UL << bits);
                ulong rounded = Modulus.RoundToPowerOfTwo(x, bits);
                double difference = Math.IEEERemainder(rounded - exact, 1UL << bits);
                Assert.True(Math.Abs(difference) <= 0.5 + Math.Pow(2, -13), $"{x}, {bits} bits: {difference}");
            }
    }

    /// <summary>x*w + z modulo p, canonical.</summary>
    private static ulong Exact(double x, double w, double z)
    {
        Int128 value = ((Int128)(long)x * (long)w + (long)z) % Modulus.Value;
        return (ulong)(value < 0 ? value + Modulus.Value : value);
    }

    /// <summary>All pairs of a loose and a reduced edge value, filled up to a multiple of 8.</summary>
    private static (double[] X, double[] W) EdgePairs()
    {
        double p = Modulus.Value, half = (p - 1) / 2;
        double[] reduced = [0, 1, -1, 2, -3, half, -half, half - 1, 1 - half, 33554432, -33554431];
        double[] loose = [.. reduced, p, -p, p - 1, 1 - p, half + 1, -half - 1];
        List<(double X, double W)> pairs = [.. loose.SelectMany(x => reduced.Select(w => (x, w)))];
        while (pairs.Count % 8 != 0) pairs.Add((p, half));
        return ([.. pairs.Select(pair => pair.X)], [.. pairs.Select(pair => pair.W)]);
    }
}
