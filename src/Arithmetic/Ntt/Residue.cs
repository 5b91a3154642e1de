using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// Residues modulo p as exact integers in doubles, lazily reduced. For |x| at most B*p and |w| at most p/2 with p below
/// 2^49 and B below 8, <see cref="Multiply"/> is exact and its result at most (1/2 + B/16) p: the quotient is below
/// 2^51, where adding 1.5*2^52 rounds to an integer; its error from rounding 1/p and x*w moves it by at most B/32 each.
/// </summary>
internal readonly struct Residue<T>(double modulus) where T : unmanaged, ILane<T>
{
    private const double Rounder = 6755399441055744; // 1.5 * 2^52

    private readonly T _p = T.Broadcast(modulus), _inverse = T.Broadcast(1 / modulus), _rounder = T.Broadcast(Rounder);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Multiply(T x, T w)
    {
        T high = x * w;
        T quotient = T.MultiplyAdd(high, _inverse, _rounder) - _rounder;
        T low = T.MultiplySubtract(x, w, high);
        return T.NegatedMultiplyAdd(quotient, _p, high) + low;
    }

    /// <summary>The residue within (1/2 + 2^-40) p of zero, for |x| at most 8p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Reduce(T x)
    {
        T quotient = T.MultiplyAdd(x, _inverse, _rounder) - _rounder;
        return T.NegatedMultiplyAdd(quotient, _p, x);
    }
}
