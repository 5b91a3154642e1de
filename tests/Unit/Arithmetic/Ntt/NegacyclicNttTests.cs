using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Unit.Arithmetic.Ntt;

public sealed class NegacyclicNttTests
{
    public static TheoryData<int, int> DegreesAndPaths
    {
        get
        {
            TheoryData<int, int> data = [];
            foreach (InstructionSet set in InstructionSets.Supported)
                for (int degree = 1024; degree <= 65536; degree *= 2) data.Add(degree, (int)set);
            return data;
        }
    }

    [Theory, MemberData(nameof(DegreesAndPaths))]
    public void Values_are_evaluations_at_odd_powers_of_psi_in_the_documented_order(int degree, int path)
    {
        NegacyclicNtt ntt = Create(degree, path);
        ulong p = ntt.Modulus.Value;
        ulong[] coefficients = Random(degree, p, 1);
        double[] x = [.. coefficients.Select(ntt.Modulus.FromCanonical)];
        ntt.Forward(x);
        ulong g = 2;
        while (ntt.Modulus.Power(g, (p - 1) / 2) == 1) g++;
        ulong psi = ntt.Modulus.Power(g, (p - 1) / (2 * (ulong)degree));
        foreach (int k in new[] { 0, 1, 7, 8, 63, 64, degree / 2 + 13, degree - 1 })
        {
            ulong root = ntt.Modulus.Power(psi, 2 * Reversed(k, degree) + 1);
            UInt128 value = 0;
            for (int i = degree - 1; i >= 0; i--) value = (value * root + coefficients[i]) % p;
            int stored = k / 64 * 64 + k % 8 * 8 + k % 64 / 8;
            Assert.Equal((ulong)value, ntt.Modulus.ToCanonical(x[stored]));
        }
    }

    [Theory, MemberData(nameof(DegreesAndPaths))]
    public void Inverse_undoes_forward_for_edge_values(int degree, int path)
    {
        NegacyclicNtt ntt = Create(degree, path);
        double p = ntt.Modulus.Value;
        double[] edges = [0, 1, -1, (p - 1) / 2, -(p - 1) / 2, p, -p, p - 1, 1 - p];
        Prg prg = new(new byte[16]);
        for (int pattern = 0; pattern < edges.Length + 2; pattern++)
        {
            double[] x = new double[degree];
            for (int i = 0; i < degree; i++)
                x[i] = pattern < edges.Length ? edges[pattern] : edges[(int)(prg.NextUInt64() % (ulong)edges.Length)];
            ulong[] expected = [.. x.Select(ntt.Modulus.ToCanonical)];
            ntt.Forward(x);
            Assert.All(x, value => Assert.True(Math.Abs(value) <= p / 2 + 1));
            for (int i = 0; i < degree; i++) if ((prg.NextUInt64() & 1) == 0) x[i] += x[i] > 0 ? -p : p;
            ntt.Inverse(x);
            Assert.All(x, value => Assert.True(Math.Abs(value) <= p));
            Assert.Equal(expected, x.Select(ntt.Modulus.ToCanonical));
        }
    }

    [Theory, MemberData(nameof(DegreesAndPaths))]
    public void Products_are_negacyclic_convolutions(int degree, int path)
    {
        if (degree > 2048) return;
        NegacyclicNtt ntt = Create(degree, path);
        ulong p = ntt.Modulus.Value;
        ulong[] a = Random(degree, p, 2), b = Random(degree, p, 3);
        UInt128[] expected = new UInt128[degree];
        for (int i = 0; i < degree; i++)
            for (int j = 0; j < degree; j++)
            {
                UInt128 product = (UInt128)a[i] * b[j] % p;
                int at = (i + j) % degree;
                expected[at] = (expected[at] + (i + j < degree ? product : p - product)) % p;
            }
        double[] x = [.. a.Select(ntt.Modulus.FromCanonical)], y = [.. b.Select(ntt.Modulus.FromCanonical)];
        ntt.Forward(x);
        ntt.Forward(y);
        for (int i = 0; i < degree; i++) x[i] = ntt.Modulus.Multiply(x[i], y[i]);
        ntt.Inverse(x);
        Assert.Equal(expected.Select(value => (ulong)value), x.Select(ntt.Modulus.ToCanonical));
    }

    [Fact]
    public void Degrees_and_primes_without_a_transform_are_refused()
    {
        PrimeModulus good = new(NttPrimes.Values[0]);
        Assert.Throws<ParameterException>(() => new NegacyclicNtt(512, good));
        Assert.Throws<ParameterException>(() => new NegacyclicNtt(3000, good));
        Assert.Throws<ParameterException>(() => new NegacyclicNtt(1024, new PrimeModulus(1125899906842597)));
        Assert.Throws<ParameterException>(() => new PrimeModulus(1UL << 50));
        Assert.Throws<ParameterException>(() => new PrimeModulus(NttPrimes.Values[0] - 2));
        Assert.All(NttPrimes.Values, prime => Assert.Equal(1UL, new PrimeModulus(prime).Value % 131072));
    }

    private static NegacyclicNtt Create(int degree, int path) =>
        new(degree, new PrimeModulus(NttPrimes.Values[0]), (InstructionSet)path);

    private static ulong[] Random(int count, ulong p, byte seed)
    {
        byte[] key = new byte[16];
        key[0] = seed;
        using Prg prg = new(key);
        return [.. Enumerable.Range(0, count).Select(_ => prg.NextUInt64() % p)];
    }

    private static ulong Reversed(int k, int degree)
    {
        ulong reversed = 0;
        for (int bit = 1; bit < degree; bit *= 2, k /= 2) reversed = 2 * reversed + (ulong)(k & 1);
        return reversed;
    }
}
