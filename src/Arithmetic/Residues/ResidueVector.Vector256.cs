using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector256<double>;

namespace Blindsight.Arithmetic.Residues;

/// <content>AVX2 with FMA. Lengths were checked at the public door: multiples of 8, and of 64 for rows.</content>
public static unsafe partial class ResidueVector
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply256(PrimeModulus modulus, double* x, double* w, double* result, int length)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        for (int i = 0; i < length; i += 4)
            Multiply(Vector256.Load(x + i), Vector256.Load(w + i), p, inverse).Store(result + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd256(PrimeModulus modulus, double* x, double* w, double* result, int length)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        for (int i = 0; i < length; i += 4)
        {
            V product = Multiply(Vector256.Load(x + i), Vector256.Load(w + i), p, inverse);
            Reduce(Vector256.Load(result + i) + product, p, inverse).Store(result + i);
        }
    }

    /// <summary>2 vectors of either sum stay in registers over all rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot256(PrimeModulus modulus, double* w, double* a, double* b, int rows, double* sumA, double* sumB)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        for (int lane = 0; lane < DotLanes; lane += 8)
        {
            V a0 = V.Zero, b0 = V.Zero;
            V a1 = V.Zero, b1 = V.Zero;
            for (int row = 0; row < rows;)
            {
                for (int end = Math.Min(rows, row + LazyTerms); row < end; row++)
                {
                    int at = row * DotLanes + lane;
                    V w0 = Vector256.Load(w + at), w1 = Vector256.Load(w + at + 4);
                    a0 += Multiply(Vector256.Load(a + at), w0, p, inverse);
                    b0 += Multiply(Vector256.Load(b + at), w0, p, inverse);
                    a1 += Multiply(Vector256.Load(a + at + 4), w1, p, inverse);
                    b1 += Multiply(Vector256.Load(b + at + 4), w1, p, inverse);
                }
                a0 = Reduce(a0, p, inverse); b0 = Reduce(b0, p, inverse);
                a1 = Reduce(a1, p, inverse); b1 = Reduce(b1, p, inverse);
            }
            a0.Store(sumA + lane); b0.Store(sumB + lane);
            a1.Store(sumA + lane + 4); b1.Store(sumB + lane + 4);
        }
    }

    /// <summary><see cref="PrimeModulus.Multiply"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Multiply(V x, V w, V p, V inverse)
    {
        V rounder = Vector256.Create(PrimeModulus.Rounder);
        V h = x * w;
        V q = Fma.MultiplyAdd(h, inverse, rounder) - rounder;
        V l = Fma.MultiplySubtract(x, w, h);
        return Fma.MultiplyAddNegated(q, p, h) + l;
    }

    /// <summary><see cref="PrimeModulus.Reduce"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce(V x, V p, V inverse)
    {
        V rounder = Vector256.Create(PrimeModulus.Rounder);
        V q = Fma.MultiplyAdd(x, inverse, rounder) - rounder;
        return Fma.MultiplyAddNegated(q, p, x);
    }
}
