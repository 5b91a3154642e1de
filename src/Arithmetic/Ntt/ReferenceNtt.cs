namespace Blindsight.Arithmetic.Ntt;

/// <summary>The transform in integers, level by level: the oracle of the kernels. Not constant time.</summary>
internal static class ReferenceNtt
{
    /// <summary>In place; residues below p, output in bit-reversed order.</summary>
    public static void Forward(PrimeModulus modulus, Span<ulong> x)
    {
        ulong root = modulus.RootOfUnity(2 * x.Length);
        for (int m = 1, half = x.Length / 2; m < x.Length; m *= 2, half /= 2)
            for (int i = 0; i < m; i++)
            {
                ulong w = modulus.Power(root, NttTables.Reversed((uint)(m + i), System.Numerics.BitOperations.Log2((uint)x.Length)));
                for (int j = 2 * i * half; j < (2 * i + 1) * half; j++)
                {
                    ulong product = modulus.Multiply(x[j + half], w);
                    (x[j], x[j + half]) = (modulus.Add(x[j], product), modulus.Subtract(x[j], product));
                }
            }
    }

    /// <summary>x * y in Z_p[X]/(X^N + 1) by the definition.</summary>
    public static ulong[] Multiply(PrimeModulus modulus, ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y)
    {
        ulong[] product = new ulong[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            if (x[i] == 0) continue;
            for (int j = 0; j < y.Length; j++)
            {
                ulong term = modulus.Multiply(x[i], y[j]);
                int k = i + j;
                if (k < x.Length) product[k] = modulus.Add(product[k], term);
                else product[k - x.Length] = modulus.Subtract(product[k - x.Length], term);
            }
        }
        return product;
    }
}
