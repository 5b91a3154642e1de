using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Unit.Arithmetic.Ntt;

public sealed class NttOrderTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(2047)]
    public void Automorphisms_permute_transforms(int element)
    {
        const int degree = 1024;
        NegacyclicNtt ntt = new(degree, new PrimeModulus(NttPrimes.Values[0]));
        double[] x = [.. Enumerable.Range(0, degree).Select(i => (double)(i * i - 77))], moved = new double[degree];
        for (int i = 0; i < degree; i++)
        {
            int to = (int)((long)i * element % (2 * degree));
            moved[to % degree] = to < degree ? x[i] : -x[i];
        }
        ntt.Forward(x);
        ntt.Forward(moved);
        int[] from = NttOrder.Automorphism(degree, element);
        for (int i = 0; i < degree; i++) Assert.Equal(ntt.Modulus.ToCanonical(x[from[i]]), ntt.Modulus.ToCanonical(moved[i]));
        Assert.Equal(degree, from.Distinct().Count());
    }
}
