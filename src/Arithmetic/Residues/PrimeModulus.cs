using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Residues;

/// <summary>
/// A prime p below 2^50 whose residues are integers held in doubles. A residue is <b>reduced</b> when |x| &lt;= p/2 + 1,
/// <b>loose</b> when |x| &lt;= p, and canonical when it is a ulong in [0, p).
/// </summary>
/// <remarks>
/// <para>Product of x and w with |w| &lt;= p/2 + 1 and |x| &lt; 4p, by two fused multiply-adds (u = 2^-53):
/// h = fl(x*w); q = fma(h, 1/p, M) - M with M = 3*2^51; l = fma(x, w, -h); r = fma(-q, p, h) + l.</para>
/// <para>M rounds h/p to an integer because |h/p| &lt;= 2p &lt; 2^51. h and 1/p each carry a relative error of at most u, so
/// |q - xw/p| &lt;= 1/2 + 2u|xw/p|(1+u) and |xw - qp| &lt;= p(1/2 + |x|u(1+u)): with x = b*p that is p(1/2 + b*p*u)
/// &lt;= p(1/2 + b/8), below p for b &lt; 4. l is exact; h - qp is an integer below 2^51, so that fma is exact; hence r is exactly
/// xw - qp, and <b>|r| &lt;= p(1/2 + b/8)</b>.</para>
/// <para>Sums are exact while they stay below 8p &lt; 2^53. Reduction x - p*round(x/p) leaves at most p/2 + 2^-50 |x|, less than p/2 + 1 for |x| below 4p,
/// and less than p/2 + 8 otherwise.</para>
/// <para>Every kernel states its bounds as multiples b of p and keeps factors below 4 and sums below 8. Constant time.</para>
/// </remarks>
public sealed class PrimeModulus
{
    /// <summary>Primes stay below 2^50: see the bounds above.</summary>
    public const int BitsMax = 50;

    /// <summary>Adding and subtracting it rounds a double of magnitude below 2^51 to the nearest integer.</summary>
    internal const double Rounder = 6755399441055744.0;

    /// <summary>The bits of <see cref="Rounder"/>: bits(Rounder + x) - RounderBits = x for integers below 2^51.</summary>
    internal const long RounderBits = 0x4338000000000000;

    /// <exception cref="ParameterException">Not an odd prime below 2^50.</exception>
    public PrimeModulus(ulong value)
    {
        if (value < 3 || value >= 1UL << BitsMax) throw new ParameterException($"the modulus {value} is not between 3 and 2^50");
        Value = value;
        P = value;
        Inverse = 1.0 / P;
        if (!IsPrime(value)) throw new ParameterException($"the modulus {value} is not a prime");
    }

    /// <summary>p.</summary>
    public ulong Value { get; }

    /// <summary>p as a double.</summary>
    internal double P { get; }

    /// <summary>1/p rounded.</summary>
    internal double Inverse { get; }

    /// <summary>x*w modulo p; |w| at most p/2 + 1, |x| below 4p; the result is below p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Multiply(double x, double w)
    {
        double h = x * w;
        double q = Math.FusedMultiplyAdd(h, Inverse, Rounder) - Rounder;
        double l = Math.FusedMultiplyAdd(x, w, -h);
        return Math.FusedMultiplyAdd(-q, P, h) + l;
    }

    /// <summary>The reduced residue of |x| below 8p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Reduce(double x)
    {
        double q = Math.FusedMultiplyAdd(x, Inverse, Rounder) - Rounder;
        return Math.FusedMultiplyAdd(-q, P, x);
    }

    /// <summary>The reduced residue of a canonical one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double FromCanonical(ulong x) => (double)((long)x - (((long)(Value >> 1) - (long)x) >> 63 & (long)Value));

    /// <summary>The canonical residue of |x| below 8p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ToCanonical(double x)
    {
        long r = BitConverter.DoubleToInt64Bits(Reduce(x) + Rounder) - RounderBits;
        return (ulong)(r + (r >> 63 & (long)Value));
    }

    /// <summary>
    /// round(x * 2^bits / p) modulo 2^bits for |x| at most 2p and bits up to 36. Two roundings of doubles add at most 2^-14 to the 1/2
    /// of the rounding; where the result must depend on x modulo p alone, reduce x first.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong RoundToPowerOfTwo(double x, int bits)
    {
        double scaled = x * ((1UL << bits) * Inverse) + Rounder;
        return (ulong)(BitConverter.DoubleToInt64Bits(scaled) - RounderBits) & ((1UL << bits) - 1);
    }

    /// <summary>base^exponent modulo p on canonical residues; for tables, not constant time.</summary>
    public ulong Power(ulong x, ulong exponent) => Power(x, exponent, Value);

    /// <summary>1/x modulo p for a canonical x other than 0; for tables, not constant time.</summary>
    public ulong Invert(ulong x) => Power(x, Value - 2);

    /// <summary>Whether an odd value above 2 is a prime: Miller and Rabin with the bases that decide below 3.3 * 10^24.</summary>
    public static bool IsPrime(ulong value)
    {
        ReadOnlySpan<ulong> bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];
        if (value < 3 || value % 2 == 0) return false;
        int twos = System.Numerics.BitOperations.TrailingZeroCount(value - 1);
        foreach (ulong a in bases)
        {
            if (value == a) return true;
            if (value % a == 0) return false;
            UInt128 x = Power(a, (value - 1) >> twos, value);
            bool witness = x != 1 && x != value - 1;
            for (int i = 1; i < twos && witness; i++)
            {
                x = x * x % value;
                witness = x != value - 1;
            }
            if (witness) return false;
        }
        return true;
    }

    private static ulong Power(ulong x, ulong exponent, ulong modulus)
    {
        UInt128 result = 1, square = x % modulus;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = result * square % modulus;
            square = square * square % modulus;
        }
        return (ulong)result;
    }
}
