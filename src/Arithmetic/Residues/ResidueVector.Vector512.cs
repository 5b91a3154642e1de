using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace Blindsight.Arithmetic.Residues;

/// <content>AVX-512. Lengths were checked at the public door: multiples of 8, and of 64 for rows.</content>
public static unsafe partial class ResidueVector
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply512(PrimeModulus modulus, double* x, double* w, double* result, int length)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        for (int i = 0; i < length; i += 8)
            Multiply(Vector512.Load(x + i), Vector512.Load(w + i), p, inverse).Store(result + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd512(PrimeModulus modulus, double* x, double* w, double* result, int length)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        for (int i = 0; i < length; i += 8)
        {
            V product = Multiply(Vector512.Load(x + i), Vector512.Load(w + i), p, inverse);
            Reduce(Vector512.Load(result + i) + product, p, inverse).Store(result + i);
        }
    }

    /// <summary>4 vectors of either sum stay in registers over all rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot512(PrimeModulus modulus, double* w, double* a, double* b, int rows, double* sumA, double* sumB)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        for (int lane = 0; lane < DotLanes; lane += 32)
        {
            V a0 = V.Zero, b0 = V.Zero;
            V a1 = V.Zero, b1 = V.Zero;
            V a2 = V.Zero, b2 = V.Zero;
            V a3 = V.Zero, b3 = V.Zero;
            for (int row = 0; row < rows;)
            {
                for (int end = Math.Min(rows, row + LazyTerms); row < end; row++)
                {
                    int at = row * DotLanes + lane;
                    V w0 = Vector512.Load(w + at), w1 = Vector512.Load(w + at + 8), w2 = Vector512.Load(w + at + 16), w3 = Vector512.Load(w + at + 24);
                    a0 += Multiply(Vector512.Load(a + at), w0, p, inverse);
                    b0 += Multiply(Vector512.Load(b + at), w0, p, inverse);
                    a1 += Multiply(Vector512.Load(a + at + 8), w1, p, inverse);
                    b1 += Multiply(Vector512.Load(b + at + 8), w1, p, inverse);
                    a2 += Multiply(Vector512.Load(a + at + 16), w2, p, inverse);
                    b2 += Multiply(Vector512.Load(b + at + 16), w2, p, inverse);
                    a3 += Multiply(Vector512.Load(a + at + 24), w3, p, inverse);
                    b3 += Multiply(Vector512.Load(b + at + 24), w3, p, inverse);
                }
                a0 = Reduce(a0, p, inverse); b0 = Reduce(b0, p, inverse);
                a1 = Reduce(a1, p, inverse); b1 = Reduce(b1, p, inverse);
                a2 = Reduce(a2, p, inverse); b2 = Reduce(b2, p, inverse);
                a3 = Reduce(a3, p, inverse); b3 = Reduce(b3, p, inverse);
            }
            a0.Store(sumA + lane); b0.Store(sumB + lane);
            a1.Store(sumA + lane + 8); b1.Store(sumB + lane + 8);
            a2.Store(sumA + lane + 16); b2.Store(sumB + lane + 16);
            a3.Store(sumA + lane + 24); b3.Store(sumB + lane + 24);
        }
    }

    /// <summary><see cref="PrimeModulus.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Multiply(V x, V w, V p, V inverse)
    {
        V rounder = Vector512.Create(PrimeModulus.Rounder);
        V h = x * w;
        V q = Avx512F.FusedMultiplyAdd(h, inverse, rounder) - rounder;
        V l = Avx512F.FusedMultiplySubtract(x, w, h);
        return Avx512F.FusedMultiplyAddNegated(q, p, h) + l;
    }

    /// <summary><see cref="PrimeModulus.Reduce"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce(V x, V p, V inverse)
    {
        V rounder = Vector512.Create(PrimeModulus.Rounder);
        V q = Avx512F.FusedMultiplyAdd(x, inverse, rounder) - rounder;
        return Avx512F.FusedMultiplyAddNegated(q, p, x);
    }
}
