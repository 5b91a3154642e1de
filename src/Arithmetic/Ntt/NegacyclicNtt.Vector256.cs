using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Blindsight.Arithmetic.Residues;
using V = System.Runtime.Intrinsics.Vector256<double>;

namespace Blindsight.Arithmetic.Ntt;

/// <content>
/// AVX2 with FMA: the same passes as radix 4 and 2, which is what sixteen registers hold, over vectors of four. Bounds: a forward
/// pass of two levels that reduces its upper operands stays below the bounds of one of three; an inverse pass reduces its
/// sums. Pointers stay within the N elements checked at the public door.
/// </content>
public sealed unsafe partial class NegacyclicNtt
{
    private void Forward256(double* x) => ForwardSubtree256(x, 1, UpperLevels);

    private void ForwardSubtree256(double* x, int node, int levels)
    {
        if (levels == 0)
        {
            ForwardColumns256(x, 8, _roots.Pointer, node, Modulus);
            Transpose256(x);
            ForwardTail256(x, _tail.Pointer + (long)(node - Degree / Block) * TailVectors * 8, Modulus);
            return;
        }
        int pass = PassLevels(levels), stride = (Block << levels) >> pass;
        if (pass == 3) ForwardColumns256(x, stride, _roots.Pointer, node, Modulus);
        else ForwardQuarters256(x, stride, _roots.Pointer, node, Modulus);
        for (int i = 0; i < 1 << pass; i++) ForwardSubtree256(x + i * stride, (node << pass) + i, levels - pass);
    }

    private void Inverse256(double* x) => InverseSubtree256(x, 1, UpperLevels);

    private void InverseSubtree256(double* x, int node, int levels)
    {
        if (levels == 0)
        {
            InverseTail256(x, _inverseTail.Pointer + (long)(node - Degree / Block) * TailVectors * 8, Modulus);
            Transpose256(x);
            InverseColumns256(x, 8, _inverseRoots.Pointer, node, 0, _inverseRoots.Pointer[node], Modulus);
            return;
        }
        int pass = PassLevels(levels), stride = (Block << levels) >> pass;
        for (int i = 0; i < 1 << pass; i++) InverseSubtree256(x + i * stride, (node << pass) + i, levels - pass);
        double sumFactor = node == 1 ? _degreeInverse : 0;
        double differenceFactor = node == 1 ? _degreeInverseRoot : _inverseRoots.Pointer[node];
        if (pass == 3) InverseColumns256(x, stride, _inverseRoots.Pointer, node, sumFactor, differenceFactor, Modulus);
        else InverseRadix4(x, stride, _inverseRoots.Pointer[2 * node], _inverseRoots.Pointer[2 * node + 1], sumFactor, differenceFactor, Modulus);
    }

    /// <summary>Three levels: radix 4 over the halves two strides apart, then radix 2.</summary>
    private static void ForwardColumns256(double* x, int stride, double* roots, int node, PrimeModulus modulus)
    {
        ForwardQuarters256(x, 2 * stride, roots, node, modulus);
        for (int i = 0; i < 4; i++) ForwardRadix2(x + 2 * i * stride, stride, roots[4 * node + i], modulus);
    }

    private static void InverseColumns256(
        double* x, int stride, double* roots, int node, double sumFactor, double differenceFactor, PrimeModulus modulus)
    {
        for (int i = 0; i < 4; i++) InverseRadix2(x + 2 * i * stride, stride, roots[4 * node + i], modulus);
        InverseRadix4(x, 2 * stride, roots[2 * node], roots[2 * node + 1], sumFactor, differenceFactor, modulus);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardQuarters256(double* x, int stride, double* roots, int node, PrimeModulus modulus)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        V w0 = Vector256.Create(roots[node]);
        V w1 = Vector256.Create(roots[2 * node]), w2 = Vector256.Create(roots[2 * node + 1]);
        for (double* at = x, end = x + stride; at < end; at += 4)
        {
            V x0 = Reduce(Vector256.Load(at), p, inverse), x1 = Reduce(Vector256.Load(at + stride), p, inverse);
            V x2 = Vector256.Load(at + 2 * stride), x3 = Vector256.Load(at + 3 * stride);
            Forward(ref x0, ref x2, w0, p, inverse); Forward(ref x1, ref x3, w0, p, inverse);
            Forward(ref x0, ref x1, w1, p, inverse); Forward(ref x2, ref x3, w2, p, inverse);
            x0.Store(at); x1.Store(at + stride); x2.Store(at + 2 * stride); x3.Store(at + 3 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRadix2(double* x, int stride, double root, PrimeModulus modulus)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse), w = Vector256.Create(root);
        for (double* at = x, end = x + stride; at < end; at += 4)
        {
            V x0 = Vector256.Load(at), x1 = Vector256.Load(at + stride);
            Forward(ref x0, ref x1, w, p, inverse);
            x0.Store(at); x1.Store(at + stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardTail256(double* x, double* tail, PrimeModulus modulus)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        for (double* end = x + 8; x < end; x += 4, tail += 4)
        {
            V w = Vector256.Load(tail);
            V x0 = Reduce(Vector256.Load(x), p, inverse), x1 = Reduce(Vector256.Load(x + 8), p, inverse);
            V x2 = Reduce(Vector256.Load(x + 16), p, inverse), x3 = Reduce(Vector256.Load(x + 24), p, inverse);
            V x4 = Vector256.Load(x + 32), x5 = Vector256.Load(x + 40), x6 = Vector256.Load(x + 48), x7 = Vector256.Load(x + 56);
            Forward(ref x0, ref x4, w, p, inverse); Forward(ref x1, ref x5, w, p, inverse);
            Forward(ref x2, ref x6, w, p, inverse); Forward(ref x3, ref x7, w, p, inverse);
            w = Vector256.Load(tail + 8);
            Forward(ref x0, ref x2, w, p, inverse); Forward(ref x1, ref x3, w, p, inverse);
            w = Vector256.Load(tail + 16);
            Forward(ref x4, ref x6, w, p, inverse); Forward(ref x5, ref x7, w, p, inverse);
            Forward(ref x0, ref x1, Vector256.Load(tail + 24), p, inverse);
            Forward(ref x2, ref x3, Vector256.Load(tail + 32), p, inverse);
            Forward(ref x4, ref x5, Vector256.Load(tail + 40), p, inverse);
            Forward(ref x6, ref x7, Vector256.Load(tail + 48), p, inverse);
            Reduce(x0, p, inverse).Store(x); Reduce(x1, p, inverse).Store(x + 8);
            Reduce(x2, p, inverse).Store(x + 16); Reduce(x3, p, inverse).Store(x + 24);
            Reduce(x4, p, inverse).Store(x + 32); Reduce(x5, p, inverse).Store(x + 40);
            Reduce(x6, p, inverse).Store(x + 48); Reduce(x7, p, inverse).Store(x + 56);
        }
    }

    /// <summary>Bounds: sums of at most 2 are reduced; products are at most 3/4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseRadix2(double* x, int stride, double root, PrimeModulus modulus)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse), w = Vector256.Create(root);
        for (double* at = x, end = x + stride; at < end; at += 4)
        {
            V x0 = Vector256.Load(at), x1 = Vector256.Load(at + stride);
            Inverse(ref x0, ref x1, w, p, inverse);
            Reduce(x0, p, inverse).Store(at); x1.Store(at + stride);
        }
    }

    /// <summary>Bounds: as the radix-4 pass of Vector512. A sumFactor of 0 means that this is not the last pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseRadix4(
        double* x, int stride, double root1, double root2, double sumFactor, double differenceFactor, PrimeModulus modulus)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        V w0 = Vector256.Create(differenceFactor), sums = Vector256.Create(sumFactor);
        V w1 = Vector256.Create(root1), w2 = Vector256.Create(root2);
        bool last = sumFactor != 0;
        for (double* at = x, end = x + stride; at < end; at += 4)
        {
            V x0 = Vector256.Load(at), x1 = Vector256.Load(at + stride);
            V x2 = Vector256.Load(at + 2 * stride), x3 = Vector256.Load(at + 3 * stride);
            Inverse(ref x0, ref x1, w1, p, inverse); Inverse(ref x2, ref x3, w2, p, inverse);
            if (last) { x0 = Reduce(x0, p, inverse); x2 = Reduce(x2, p, inverse); }
            Inverse(ref x0, ref x2, w0, p, inverse); Inverse(ref x1, ref x3, w0, p, inverse);
            x0 = last ? Multiply(x0, sums, p, inverse) : Reduce(x0, p, inverse);
            x1 = last ? Multiply(x1, sums, p, inverse) : Reduce(x1, p, inverse);
            x0.Store(at); x1.Store(at + stride); x2.Store(at + 2 * stride); x3.Store(at + 3 * stride);
        }
    }

    /// <summary>Bounds: as <see cref="InverseRadix8"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseTail256(double* x, double* tail, PrimeModulus modulus)
    {
        V p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        for (double* end = x + 8; x < end; x += 4, tail += 4)
        {
            V x0 = Vector256.Load(x), x1 = Vector256.Load(x + 8), x2 = Vector256.Load(x + 16), x3 = Vector256.Load(x + 24);
            V x4 = Vector256.Load(x + 32), x5 = Vector256.Load(x + 40), x6 = Vector256.Load(x + 48), x7 = Vector256.Load(x + 56);
            Inverse(ref x0, ref x1, Vector256.Load(tail + 24), p, inverse);
            Inverse(ref x2, ref x3, Vector256.Load(tail + 32), p, inverse);
            Inverse(ref x4, ref x5, Vector256.Load(tail + 40), p, inverse);
            Inverse(ref x6, ref x7, Vector256.Load(tail + 48), p, inverse);
            V w = Vector256.Load(tail + 8);
            Inverse(ref x0, ref x2, w, p, inverse); Inverse(ref x1, ref x3, w, p, inverse);
            w = Vector256.Load(tail + 16);
            Inverse(ref x4, ref x6, w, p, inverse); Inverse(ref x5, ref x7, w, p, inverse);
            x0 = Reduce(x0, p, inverse); x4 = Reduce(x4, p, inverse);
            w = Vector256.Load(tail);
            Inverse(ref x0, ref x4, w, p, inverse); Inverse(ref x1, ref x5, w, p, inverse);
            Inverse(ref x2, ref x6, w, p, inverse); Inverse(ref x3, ref x7, w, p, inverse);
            x0.Store(x); Reduce(x1, p, inverse).Store(x + 8);
            Reduce(x2, p, inverse).Store(x + 16); Reduce(x3, p, inverse).Store(x + 24);
            x4.Store(x + 32); x5.Store(x + 40); x6.Store(x + 48); x7.Store(x + 56);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Forward(ref V u, ref V v, V w, V p, V inverse)
    {
        V product = Multiply(v, w, p, inverse);
        v = u - product;
        u += product;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Inverse(ref V u, ref V v, V w, V p, V inverse)
    {
        V difference = u - v;
        u += v;
        v = Multiply(difference, w, p, inverse);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Multiply(V x, V w, V p, V inverse)
    {
        V rounder = Vector256.Create(PrimeModulus.Rounder);
        V h = x * w;
        V q = Fma.MultiplyAdd(h, inverse, rounder) - rounder;
        V l = Fma.MultiplySubtract(x, w, h);
        return Fma.MultiplyAddNegated(q, p, h) + l;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce(V x, V p, V inverse)
    {
        V rounder = Vector256.Create(PrimeModulus.Rounder);
        V q = Fma.MultiplyAdd(x, inverse, rounder) - rounder;
        return Fma.MultiplyAddNegated(q, p, x);
    }

    /// <summary>Transposes a block of 64 as an 8 x 8 matrix, by its four quarters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose256(double* x)
    {
        Transpose4(x, x);
        Transpose4(x + 36, x + 36);
        V a0 = Vector256.Load(x + 4), a1 = Vector256.Load(x + 12), a2 = Vector256.Load(x + 20), a3 = Vector256.Load(x + 28);
        Transpose4(x + 32, x + 4);
        StoreTransposed(a0, a1, a2, a3, x + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(double* from, double* to) => StoreTransposed(
        Vector256.Load(from), Vector256.Load(from + 8), Vector256.Load(from + 16), Vector256.Load(from + 24), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTransposed(V x0, V x1, V x2, V x3, double* to)
    {
        V a0 = Avx.UnpackLow(x0, x1), a1 = Avx.UnpackHigh(x0, x1), a2 = Avx.UnpackLow(x2, x3), a3 = Avx.UnpackHigh(x2, x3);
        Avx.Permute2x128(a0, a2, 0x20).Store(to);
        Avx.Permute2x128(a1, a3, 0x20).Store(to + 8);
        Avx.Permute2x128(a0, a2, 0x31).Store(to + 16);
        Avx.Permute2x128(a1, a3, 0x31).Store(to + 24);
    }
}
