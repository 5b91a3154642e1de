using System.Numerics;
using Blindsight.Arithmetic.Memory;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// Twiddle factors as centred doubles. With psi a primitive 2N-th root of unity, Powers[m + i] = psi^(bit reversal of
/// m + i) is the factor of block i at the level of m blocks (Longa and Naehrig, "Speeding up the Number Theoretic
/// Transform", CANS 2016). Columns holds the last three levels' factors of each 64-element block as seven rows of
/// eight, row by row in the order in which the transposed block uses them.
/// </summary>
internal sealed class NttTables : IDisposable
{
    /// <summary>Rows of factors for the three levels: 1 + 2 + 4.</summary>
    public const int ColumnFactors = 7;

    public NttTables(PrimeModulus modulus, int size, bool inverse)
    {
        Powers = new AlignedBuffer<double>(size);
        Columns = new AlignedBuffer<double>(size / 8 * ColumnFactors);
        int bits = BitOperations.Log2((uint)size);
        ulong root = modulus.RootOfUnity(2 * size);
        if (inverse) root = modulus.Inverse(root);
        ulong power = 1;
        for (uint k = 0; k < size; k++, power = modulus.Multiply(power, root))
            Powers.Span[(int)Reversed(k, bits)] = modulus.Centred(power);
        for (int block = 0; block < size / 64; block++)
            for (int row = 0; row < 8; row++)
                for (int factor = 0; factor < ColumnFactors; factor++)
                {
                    int level = BitOperations.Log2((uint)factor + 1), index = factor + 1 - (1 << level);
                    int first = (size / 8) << level;
                    Columns.Span[(block * ColumnFactors + factor) * 8 + row] =
                        Powers.Span[first + ((8 * block + row) << level) + index];
                }
    }

    public AlignedBuffer<double> Powers { get; }

    public AlignedBuffer<double> Columns { get; }

    public void Dispose()
    {
        Powers.Dispose();
        Columns.Dispose();
    }

    /// <summary>The lowest <paramref name="bits"/> bits of a number in reverse order.</summary>
    internal static uint Reversed(uint value, int bits)
    {
        uint reversed = 0;
        for (int bit = 0; bit < bits; bit++) reversed |= (value >> bit & 1) << (bits - 1 - bit);
        return reversed;
    }
}
