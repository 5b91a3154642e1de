namespace Blindsight.HomomorphicEncryption.BaseOt;

/// <summary>
/// Z_t[X]/(X^N + 1) as N slots of Z_t for the prime t = 65537: products of polynomials are products slot by slot. The order of
/// slots is that of a decimation-in-frequency transform. Constant time.
/// </summary>
internal sealed class SlotEncoder
{
    public const uint Modulus = 65537;

    private const uint Generator = 3;
    private readonly uint[] _roots, _inverseRoots;
    private readonly uint _sizeInverse;
    private readonly int _size;

    /// <param name="size">N, a power of two of at most 32,768.</param>
    public SlotEncoder(int size)
    {
        _size = size;
        uint root = Power(Generator, (Modulus - 1) / (2 * (uint)size)), inverse = Power(root, Modulus - 2);
        (_roots, _inverseRoots) = (Table(root), Table(inverse));
        _sizeInverse = Power((uint)size, Modulus - 2);
    }

    /// <summary>Coefficients to slots, in place; all below t.</summary>
    public void ToSlots(Span<uint> values)
    {
        for (int count = 1, half = _size / 2; half >= 1; count *= 2, half /= 2)
            for (int block = 0; block < count; block++)
            {
                ulong w = _roots[count + block];
                int start = 2 * block * half;
                for (int i = start; i < start + half; i++)
                {
                    uint x = values[i], y = (uint)(values[i + half] * w % Modulus);
                    values[i] = (x + y) % Modulus;
                    values[i + half] = (x + Modulus - y) % Modulus;
                }
            }
    }

    /// <summary>Slots to coefficients, in place; all below t.</summary>
    public void ToCoefficients(Span<uint> values)
    {
        for (int count = _size / 2, half = 1; count >= 1; count /= 2, half *= 2)
            for (int block = 0; block < count; block++)
            {
                ulong w = _inverseRoots[count + block];
                int start = 2 * block * half;
                for (int i = start; i < start + half; i++)
                {
                    uint x = values[i], y = values[i + half];
                    values[i] = (x + y) % Modulus;
                    values[i + half] = (uint)((x + Modulus - y) * w % Modulus);
                }
            }
        for (int i = 0; i < values.Length; i++) values[i] = (uint)((ulong)values[i] * _sizeInverse % Modulus);
    }

    /// <summary>Powers of the root in bit-reversed order of their exponents.</summary>
    private uint[] Table(uint root)
    {
        uint[] table = new uint[_size];
        int bits = System.Numerics.BitOperations.Log2((uint)_size);
        for (int i = 0; i < _size; i++)
        {
            int reversed = 0;
            for (int bit = 0; bit < bits; bit++) reversed |= (i >> bit & 1) << (bits - 1 - bit);
            table[i] = Power(root, (uint)reversed);
        }
        return table;
    }

    private static uint Power(uint x, uint exponent)
    {
        ulong result = 1, square = x;
        for (; exponent != 0; exponent >>= 1, square = square * square % Modulus)
            if ((exponent & 1) != 0) result = result * square % Modulus;
        return (uint)result;
    }
}
