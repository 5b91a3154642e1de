namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// A prime p = 1 modulo 2^17 below 2^49 and integer arithmetic modulo it, for tables and oracles. Not constant time.
/// Below 2^49 the lazy bounds of the transform in doubles hold; see docs/decisions/0001-ntt-prime.md.
/// </summary>
public sealed class PrimeModulus
{
    private const int Bits = 49, TwoAdicity = 17;

    private PrimeModulus(ulong value) => Value = value;

    /// <summary>2^49 - 11 * 2^17 + 1, the largest such prime.</summary>
    public static PrimeModulus First { get; } = new(562_949_951_979_521);

    /// <summary>2^49 - 22 * 2^17 + 1, the next one below.</summary>
    public static PrimeModulus Second { get; } = new(562_949_950_537_729);

    /// <summary>The prime.</summary>
    public ulong Value { get; }

    /// <summary>How many bits a residue needs.</summary>
    public int BitLength => Bits;

    /// <summary>x + y mod p, both below p.</summary>
    public ulong Add(ulong x, ulong y) => x + y >= Value ? x + y - Value : x + y;

    /// <summary>x - y mod p, both below p.</summary>
    public ulong Subtract(ulong x, ulong y) => x >= y ? x - y : x + Value - y;

    /// <summary>x * y mod p.</summary>
    public ulong Multiply(ulong x, ulong y) => (ulong)((UInt128)x * y % Value);

    /// <summary>x^exponent mod p.</summary>
    public ulong Power(ulong x, ulong exponent)
    {
        ulong result = 1;
        for (; exponent > 0; exponent >>= 1, x = Multiply(x, x))
            if ((exponent & 1) != 0) result = Multiply(result, x);
        return result;
    }

    /// <summary>1/x mod p for x other than 0 (Fermat).</summary>
    public ulong Inverse(ulong x) => Power(x, Value - 2);

    /// <summary>The residue in (-p/2, p/2) as an exact double.</summary>
    public double Centred(ulong x) => x > Value / 2 ? -(double)(Value - x) : x;

    /// <summary>A primitive root of unity whose order is the given power of two, at most 2^17.</summary>
    public ulong RootOfUnity(int order)
    {
        if (order < 2 || order > 1 << TwoAdicity || (order & (order - 1)) != 0)
            throw new ArgumentOutOfRangeException(nameof(order), order, "A power of two between 2 and 2^17.");
        for (ulong candidate = 2; ; candidate++)
        {
            ulong root = Power(candidate, (Value - 1) / (ulong)order);
            if (Power(root, (ulong)order / 2) == Value - 1) return root;
        }
    }
}
