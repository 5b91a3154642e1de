using System.Numerics;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Unit.Arithmetic.Residues;

public sealed class ResidueMapTests
{
    private static readonly PrimeModulus Modulus = new(NttPrimes.Values[0]);
    private static readonly double Half = Modulus.Value / 2, Whole = Modulus.Value;

    public static TheoryData<int> Paths => [.. InstructionSets.Supported.Select(set => (int)set)];

    [Theory, MemberData(nameof(Paths))]
    public void Operations_agree_with_the_integers_for_all_pairs_of_edge_values(int path)
    {
        double[] loose = [0, 1, -1, 2, Half, -Half, Half + 1, Whole, -Whole, Whole - 1, 123456789, -(double)(1L << 40)];
        foreach (double factor in new[] { 0, 1, -1, Half, -Half, 987654321 })
        {
            Agree<Sum>(path, loose, factor, (x, y, _) => x + y);
            Agree<Difference>(path, loose, factor, (x, y, _) => x - y);
            Agree<ScaledDifference>(path, loose, factor, (x, y, f) => (x - y) * f);
            Agree<ScaledSum>(path, loose, factor, (x, y, f) => x + y * f);
            Agree<Product>(path, [.. loose.Where(x => Math.Abs(x) <= Half + 1)], factor, (x, y, _) => x * y);
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public void Numbers_far_above_the_prime_are_reduced(int path)
    {
        double[] large =
        [
            Math.ScaleB(Whole, 49), -Math.ScaleB(Whole, 49), Math.ScaleB(1, 98), Math.ScaleB(1.2345678912345, 97), Math.ScaleB(-1.9999999, 97),
            Math.ScaleB(1, 53) - 1, Math.ScaleB(1, 53) + 2, -Math.ScaleB(1, 60), Half * 7, Whole * 8, -Whole * 1024,
        ];
        Agree<Reduction>(path, large, 0, (x, _, _) => x);
    }

    [Theory, MemberData(nameof(Paths))]
    public void Rows_times_pairs_agree_with_the_integers(int path)
    {
        using Prg prg = Prg.Derive([], "rows");
        foreach (int count in new[] { 1, 3, 8, 9, 17 })
            foreach (bool extreme in new[] { false, true })
            {
                const int length = 128, stride = length + 64;
                int pairStride = 2 * ResidueRows.Lanes * (count + 1);
                double Value(double edge) => extreme ? edge : Modulus.FromCanonical(prg.NextUInt64() % Modulus.Value);
                double[] rows = [.. Enumerable.Range(0, count * stride).Select(_ => Value(-Whole))];
                double[] pairs = [.. Enumerable.Range(0, 2 * pairStride).Select(_ => Value(Half))];
                double[] first = new double[length], second = new double[length];
                ResidueRows.Dot(Modulus, count, rows, stride, pairs, pairStride, first, second, (InstructionSet)path);
                for (int i = 0; i < length; i++)
                {
                    BigInteger a = 0, b = 0;
                    for (int j = 0; j < count; j++)
                    {
                        int at = i / 64 * pairStride + 128 * j + i % 64;
                        a += new BigInteger(rows[j * stride + i]) * new BigInteger(pairs[at]);
                        b += new BigInteger(rows[j * stride + i]) * new BigInteger(pairs[at + 64]);
                    }
                    Assert.Equal(Canonical(a), Modulus.ToCanonical(first[i]));
                    Assert.Equal(Canonical(b), Modulus.ToCanonical(second[i]));
                    Assert.True(Math.Abs(first[i]) <= Half + 1 && Math.Abs(second[i]) <= Half + 1);
                }
            }
    }

    [Fact]
    public void Lengths_that_no_kernel_takes_are_refused()
    {
        double[] seven = new double[7], eight = new double[8], block = new double[64], pair = new double[128];
        Assert.Throws<ArgumentException>(() => ResidueMap.Add(Modulus, seven, seven, seven));
        Assert.Throws<ArgumentException>(() => ResidueMap.Add(Modulus, eight, eight, block));
        Assert.Throws<ArgumentException>(() => ResidueRows.Dot(Modulus, 1, block, 64, block, 128, block, block));
        Assert.Throws<ArgumentException>(() => ResidueRows.Dot(Modulus, 2, block, 64, pair, 128, block, block));
        Assert.Throws<ArgumentException>(() => ResidueRows.Dot(Modulus, 1, block, 64, pair, 128, block, eight));
    }

    [Fact]
    public void Primes_are_found_from_the_top()
    {
        Assert.Equal<ulong>(NttPrimes.Values, NttPrimes.Largest(50, 65536, 4, []));
        Assert.Equal<ulong>([NttPrimes.Values[1]], NttPrimes.Largest(50, 65536, 1, [NttPrimes.Values[0]]));
        Assert.All(NttPrimes.Largest(45, 8192, 5, []), prime => Assert.True(prime % 16384 == 1 && prime >> 44 == 1));
        Assert.Throws<ParameterException>(() => NttPrimes.Largest(51, 8192, 1, []));
        Assert.Throws<ParameterException>(() => NttPrimes.Largest(15, 8192, 3, []));
        Assert.False(PrimeModulus.IsPrime(3215031751));
        Assert.False(PrimeModulus.IsPrime(1));
    }

    private static void Agree<T>(int path, double[] values, double factor, Func<BigInteger, BigInteger, BigInteger, BigInteger> exact)
        where T : struct, IResidueOperation
    {
        (double X, double Y)[] pairs = [.. values.SelectMany(x => values.Select(y => (x, y)))];
        pairs = [.. pairs, .. Enumerable.Repeat(pairs[0], (8 - pairs.Length % 8) % 8)];
        double[] x = [.. pairs.Select(pair => pair.X)], y = [.. pairs.Select(pair => pair.Y)], result = new double[x.Length];
        ResidueMap.Run<T>(Modulus, x, y, factor, result, (InstructionSet)path);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(Canonical(exact(new BigInteger(x[i]), new BigInteger(y[i]), new BigInteger(factor))), Modulus.ToCanonical(result[i]));
            Assert.True(Math.Abs(result[i]) <= Half + 1);
        }
        ResidueMap.Run<T>(Modulus, x, y, factor, y, (InstructionSet)path);
        Assert.Equal(result, y);
    }

    private static ulong Canonical(BigInteger x) => (ulong)((x % Modulus.Value + Modulus.Value) % Modulus.Value);
}
