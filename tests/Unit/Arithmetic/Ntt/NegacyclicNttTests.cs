using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Unit.Arithmetic.Ntt;

public sealed class NegacyclicNttTests
{
    public static TheoryData<string, int> Cases()
    {
        TheoryData<string, int> cases = [];
        foreach (InstructionSet path in Enum.GetValues<InstructionSet>())
            for (int size = 1024; size <= 32768; size *= 2)
                if (path <= NegacyclicNtt.Best) cases.Add(path.ToString(), size);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_agrees_with_the_integers_on_every_path(string path, int size)
    {
        foreach (PrimeModulus modulus in (PrimeModulus[])[PrimeModulus.First, PrimeModulus.Second])
        {
            using NegacyclicNtt ntt = new(modulus, size, Enum.Parse<InstructionSet>(path));
            foreach (ulong[] input in Inputs(modulus, size))
            {
                double[] values = new double[size];
                ntt.FromCanonical(input, values);
                ulong[] expected = [.. input], transposed = new ulong[size], actual = new ulong[size];
                ReferenceNtt.Forward(modulus, expected);
                for (int i = 0; i < size; i++) transposed[(i & ~63) | ((i & 7) << 3) | ((i >> 3) & 7)] = expected[i];
                ntt.Forward(values);
                Assert.All(values, v => Assert.True(Math.Abs(v) <= modulus.Value * 0.5000001));
                ntt.ToCanonical(values, actual);
                Assert.Equal(transposed, actual);
                ntt.Inverse(values);
                Assert.All(values, v => Assert.True(Math.Abs(v) <= modulus.Value * 0.75));
                ntt.ToCanonical(values, actual);
                Assert.Equal(input, actual);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_of_transforms_are_negacyclic_products(string path, int size)
    {
        PrimeModulus modulus = PrimeModulus.First;
        using NegacyclicNtt ntt = new(modulus, size, Enum.Parse<InstructionSet>(path));
        ulong[] x = new ulong[size], y = Inputs(modulus, size)[0], actual = new ulong[size];
        x[0] = 3;
        x[5] = modulus.Value - 1;
        x[size - 1] = modulus.Value / 2;
        double[] left = new double[size], right = new double[size], sum = new double[size];
        ntt.FromCanonical(x, left);
        ntt.FromCanonical(y, right);
        ntt.Forward(left);
        ntt.Forward(right);
        ntt.MultiplyAdd(left, right, sum);
        ntt.Inverse(sum);
        ntt.ToCanonical(sum, actual);
        Assert.Equal(ReferenceNtt.Multiply(modulus, x, y), actual);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(40)]
    public void Inner_products_agree_with_the_integers_on_every_path(int terms)
    {
        const int Size = 1024;
        PrimeModulus modulus = PrimeModulus.First;
        ulong[][] factors = [.. Enumerable.Range(0, 3).Select(_ => new ulong[terms * Size])];
        ulong[] first = new ulong[Size], second = new ulong[Size], actual = new ulong[Size];
        ulong[][] inputs = Inputs(modulus, Size);
        for (int i = 0; i < terms * Size; i++)
        {
            for (int f = 0; f < 3; f++) factors[f][i] = inputs[i % 7 == 0 ? 0 : 1 + i % 2][(i + 5 * f) % Size];
            int at = i % Size;
            first[at] = modulus.Add(first[at], modulus.Multiply(factors[0][i], factors[2][i]));
            second[at] = modulus.Add(second[at], modulus.Multiply(factors[1][i], factors[2][i]));
        }
        foreach (InstructionSet path in Enum.GetValues<InstructionSet>().Where(path => path <= NegacyclicNtt.Best))
        {
            using NegacyclicNtt ntt = new(modulus, Size, path);
            double[][] values = [.. factors.Select(f => new double[f.Length])];
            for (int f = 0; f < 3; f++) ntt.FromCanonical(factors[f], values[f]);
            double[] a = new double[Size], b = new double[Size];
            ntt.InnerProducts(values[0], values[1], values[2], a, b);
            ntt.ToCanonical(a, actual);
            Assert.Equal(first, actual);
            ntt.ToCanonical(b, actual);
            Assert.Equal(second, actual);
        }
    }

    /// <summary>Uniform residues, and the values on which lazy bounds are tightest.</summary>
    private static ulong[][] Inputs(PrimeModulus modulus, int size)
    {
        using Prg prg = Prg.Derive("ntt tests"u8, "inputs", (ulong)size);
        ulong[] uniform = new ulong[size], half = new ulong[size], edges = new ulong[size];
        ulong[] choices = [0, 1, modulus.Value - 1, modulus.Value / 2, modulus.Value / 2 + 1];
        Array.Fill(half, modulus.Value / 2);
        for (int i = 0; i < size; i++)
        {
            uniform[i] = prg.NextUInt64() % modulus.Value;
            edges[i] = choices[prg.NextUInt64() % 5];
        }
        return [uniform, half, edges, new ulong[size]];
    }
}
