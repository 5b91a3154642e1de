using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Residues;

/// <summary>
/// <see cref="PrimeModulus.Multiply"/> and <see cref="PrimeModulus.Reduce"/> on vectors: the same operations, hence the same residues.
/// </summary>
internal static class ResidueLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Multiply(Vector512<double> x, Vector512<double> w, Vector512<double> p, Vector512<double> inverse)
    {
        Vector512<double> rounder = Vector512.Create(PrimeModulus.Rounder), h = x * w;
        Vector512<double> q = Avx512F.FusedMultiplyAdd(h, inverse, rounder) - rounder;
        return Avx512F.FusedMultiplyAddNegated(q, p, h) + Avx512F.FusedMultiplySubtract(x, w, h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Reduce(Vector512<double> x, Vector512<double> p, Vector512<double> inverse)
    {
        Vector512<double> rounder = Vector512.Create(PrimeModulus.Rounder);
        return Avx512F.FusedMultiplyAddNegated(Avx512F.FusedMultiplyAdd(x, inverse, rounder) - rounder, p, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Multiply(Vector256<double> x, Vector256<double> w, Vector256<double> p, Vector256<double> inverse)
    {
        Vector256<double> rounder = Vector256.Create(PrimeModulus.Rounder), h = x * w;
        Vector256<double> q = Fma.MultiplyAdd(h, inverse, rounder) - rounder;
        return Fma.MultiplyAddNegated(q, p, h) + Fma.MultiplySubtract(x, w, h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Reduce(Vector256<double> x, Vector256<double> p, Vector256<double> inverse)
    {
        Vector256<double> rounder = Vector256.Create(PrimeModulus.Rounder);
        return Fma.MultiplyAddNegated(Fma.MultiplyAdd(x, inverse, rounder) - rounder, p, x);
    }
}
