using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// Residues modulo p as exact integers in doubles, lazily reduced. For |x| at most B*p and |w| at most p/2 with p below
/// 2^49 and B below 8, <see cref="Multiply"/> is exact and its result at most (1/2 + B/16) p: the quotient is below
/// 2^51, where adding 1.5*2^52 rounds to an integer; its error from rounding 1/p and x*w moves it by at most B/32 each.
/// The constants are passed one by one, as the JIT keeps them in registers only then.
/// </summary>
internal static class Residue<T> where T : unmanaged, ILane<T>
{
    /// <summary>1.5 * 2^52.</summary>
    public const double Rounder = 6755399441055744;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Multiply(T x, T w, T p, T inverse, T rounder)
    {
        T high = x * w;
        T quotient = T.MultiplyAdd(high, inverse, rounder) - rounder;
        T low = T.MultiplySubtract(x, w, high);
        return T.NegatedMultiplyAdd(quotient, p, high) + low;
    }

    /// <summary>The residue within (1/2 + 2^-40) p of zero, for |x| at most 16p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Reduce(T x, T p, T inverse, T rounder)
    {
        T quotient = T.MultiplyAdd(x, inverse, rounder) - rounder;
        return T.NegatedMultiplyAdd(quotient, p, x);
    }
}
