using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Blindsight.Arithmetic.Residues;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace Blindsight.Arithmetic.Ntt;

/// <content>
/// AVX-512: radix-8 and radix-4 passes depth first, then blocks of 64 in registers. Pointers stay within the N elements
/// checked at the public door: a node at depth d covers N / 2^d elements and its passes stop at blocks of 64.
/// </content>
public sealed unsafe partial class NegacyclicNtt
{
    private void Forward512(double* x) => ForwardSubtree512(x, 1, UpperLevels);

    private void ForwardSubtree512(double* x, int node, int levels)
    {
        if (levels == 0)
        {
            ForwardBlock512(x, _roots.Pointer, node, _tail.Pointer + (long)(node - Degree / Block) * TailVectors * 8, Modulus);
            return;
        }
        int pass = PassLevels(levels), stride = (Block << levels) >> pass;
        if (pass == 3) ForwardRadix8(x, stride, _roots.Pointer, node, Modulus);
        else ForwardRadix4(x, stride, _roots.Pointer, node, Modulus);
        for (int i = 0; i < 1 << pass; i++) ForwardSubtree512(x + i * stride, (node << pass) + i, levels - pass);
    }

    private void Inverse512(double* x) => InverseSubtree512(x, 1, UpperLevels);

    private void InverseSubtree512(double* x, int node, int levels)
    {
        if (levels == 0)
        {
            InverseBlock512(x, _inverseRoots.Pointer, node, _inverseTail.Pointer + (long)(node - Degree / Block) * TailVectors * 8, Modulus);
            return;
        }
        int pass = PassLevels(levels), stride = (Block << levels) >> pass;
        for (int i = 0; i < 1 << pass; i++) InverseSubtree512(x + i * stride, (node << pass) + i, levels - pass);
        double sumFactor = node == 1 ? _degreeInverse : 0;
        double differenceFactor = node == 1 ? _degreeInverseRoot : _inverseRoots.Pointer[node];
        if (pass == 3) InverseRadix8(x, stride, _inverseRoots.Pointer, node, sumFactor, differenceFactor, Modulus);
        else InverseRadix4(x, stride, _inverseRoots.Pointer, node, sumFactor, differenceFactor, Modulus);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRadix8(double* x, int stride, double* roots, int node, PrimeModulus modulus)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        V w0 = Vector512.Create(roots[node]);
        V w1 = Vector512.Create(roots[2 * node]), w2 = Vector512.Create(roots[2 * node + 1]);
        V w3 = Vector512.Create(roots[4 * node]), w4 = Vector512.Create(roots[4 * node + 1]);
        V w5 = Vector512.Create(roots[4 * node + 2]), w6 = Vector512.Create(roots[4 * node + 3]);
        bool first = node == 1;
        for (double* at = x, end = x + stride; at < end; at += 8)
        {
            V x0 = Vector512.Load(at), x1 = Vector512.Load(at + stride);
            V x2 = Vector512.Load(at + 2 * stride), x3 = Vector512.Load(at + 3 * stride);
            V x4 = Vector512.Load(at + 4 * stride), x5 = Vector512.Load(at + 5 * stride);
            V x6 = Vector512.Load(at + 6 * stride), x7 = Vector512.Load(at + 7 * stride);
            if (!first)
            {
                x0 = Reduce(x0, p, inverse); x1 = Reduce(x1, p, inverse);
                x2 = Reduce(x2, p, inverse); x3 = Reduce(x3, p, inverse);
            }
            Forward(ref x0, ref x4, w0, p, inverse); Forward(ref x1, ref x5, w0, p, inverse);
            Forward(ref x2, ref x6, w0, p, inverse); Forward(ref x3, ref x7, w0, p, inverse);
            Forward(ref x0, ref x2, w1, p, inverse); Forward(ref x1, ref x3, w1, p, inverse);
            Forward(ref x4, ref x6, w2, p, inverse); Forward(ref x5, ref x7, w2, p, inverse);
            Forward(ref x0, ref x1, w3, p, inverse); Forward(ref x2, ref x3, w4, p, inverse);
            Forward(ref x4, ref x5, w5, p, inverse); Forward(ref x6, ref x7, w6, p, inverse);
            x0.Store(at); x1.Store(at + stride); x2.Store(at + 2 * stride); x3.Store(at + 3 * stride);
            x4.Store(at + 4 * stride); x5.Store(at + 5 * stride); x6.Store(at + 6 * stride); x7.Store(at + 7 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRadix4(double* x, int stride, double* roots, int node, PrimeModulus modulus)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        V w0 = Vector512.Create(roots[node]);
        V w1 = Vector512.Create(roots[2 * node]), w2 = Vector512.Create(roots[2 * node + 1]);
        bool first = node == 1;
        for (double* at = x, end = x + stride; at < end; at += 8)
        {
            V x0 = Vector512.Load(at), x1 = Vector512.Load(at + stride);
            V x2 = Vector512.Load(at + 2 * stride), x3 = Vector512.Load(at + 3 * stride);
            if (!first) { x0 = Reduce(x0, p, inverse); x1 = Reduce(x1, p, inverse); }
            Forward(ref x0, ref x2, w0, p, inverse); Forward(ref x1, ref x3, w0, p, inverse);
            Forward(ref x0, ref x1, w1, p, inverse); Forward(ref x2, ref x3, w2, p, inverse);
            x0.Store(at); x1.Store(at + stride); x2.Store(at + 2 * stride); x3.Store(at + 3 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardBlock512(double* x, double* roots, int node, double* tail, PrimeModulus modulus)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        V x0 = Reduce(Vector512.Load(x), p, inverse), x1 = Reduce(Vector512.Load(x + 8), p, inverse);
        V x2 = Reduce(Vector512.Load(x + 16), p, inverse), x3 = Reduce(Vector512.Load(x + 24), p, inverse);
        V x4 = Vector512.Load(x + 32), x5 = Vector512.Load(x + 40), x6 = Vector512.Load(x + 48), x7 = Vector512.Load(x + 56);
        V w = Vector512.Create(roots[node]);
        Forward(ref x0, ref x4, w, p, inverse); Forward(ref x1, ref x5, w, p, inverse);
        Forward(ref x2, ref x6, w, p, inverse); Forward(ref x3, ref x7, w, p, inverse);
        w = Vector512.Create(roots[2 * node]);
        Forward(ref x0, ref x2, w, p, inverse); Forward(ref x1, ref x3, w, p, inverse);
        w = Vector512.Create(roots[2 * node + 1]);
        Forward(ref x4, ref x6, w, p, inverse); Forward(ref x5, ref x7, w, p, inverse);
        Forward(ref x0, ref x1, Vector512.Create(roots[4 * node]), p, inverse);
        Forward(ref x2, ref x3, Vector512.Create(roots[4 * node + 1]), p, inverse);
        Forward(ref x4, ref x5, Vector512.Create(roots[4 * node + 2]), p, inverse);
        Forward(ref x6, ref x7, Vector512.Create(roots[4 * node + 3]), p, inverse);

        Transpose(ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7);

        x0 = Reduce(x0, p, inverse); x1 = Reduce(x1, p, inverse);
        x2 = Reduce(x2, p, inverse); x3 = Reduce(x3, p, inverse);
        w = Vector512.Load(tail);
        Forward(ref x0, ref x4, w, p, inverse); Forward(ref x1, ref x5, w, p, inverse);
        Forward(ref x2, ref x6, w, p, inverse); Forward(ref x3, ref x7, w, p, inverse);
        w = Vector512.Load(tail + 8);
        Forward(ref x0, ref x2, w, p, inverse); Forward(ref x1, ref x3, w, p, inverse);
        w = Vector512.Load(tail + 16);
        Forward(ref x4, ref x6, w, p, inverse); Forward(ref x5, ref x7, w, p, inverse);
        Forward(ref x0, ref x1, Vector512.Load(tail + 24), p, inverse);
        Forward(ref x2, ref x3, Vector512.Load(tail + 32), p, inverse);
        Forward(ref x4, ref x5, Vector512.Load(tail + 40), p, inverse);
        Forward(ref x6, ref x7, Vector512.Load(tail + 48), p, inverse);
        Reduce(x0, p, inverse).Store(x); Reduce(x1, p, inverse).Store(x + 8);
        Reduce(x2, p, inverse).Store(x + 16); Reduce(x3, p, inverse).Store(x + 24);
        Reduce(x4, p, inverse).Store(x + 32); Reduce(x5, p, inverse).Store(x + 40);
        Reduce(x6, p, inverse).Store(x + 48); Reduce(x7, p, inverse).Store(x + 56);
    }

    /// <summary>
    /// Bounds: from 1, level one leaves sums 2 and products 1/2 + 2/8 = 0.75; level two sums 4 (x0, x4) and 1.5 (x1, x5),
    /// products 1 (x2, x6) and 0.69 (x3, x7). x0 and x4 are reduced, so level three has sums 1, 3, 2, 1.4, of which those
    /// above 1 are reduced, and products 0.63, 0.88, 0.75, 0.68. The last pass of all (sumFactor not 0) multiplies the sums
    /// by 1/N instead, which leaves at most 1/2 + 3/8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseRadix8(
        double* x, int stride, double* roots, int node, double sumFactor, double differenceFactor, PrimeModulus modulus)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        V w0 = Vector512.Create(differenceFactor), sums = Vector512.Create(sumFactor);
        V w1 = Vector512.Create(roots[2 * node]), w2 = Vector512.Create(roots[2 * node + 1]);
        V w3 = Vector512.Create(roots[4 * node]), w4 = Vector512.Create(roots[4 * node + 1]);
        V w5 = Vector512.Create(roots[4 * node + 2]), w6 = Vector512.Create(roots[4 * node + 3]);
        bool last = node == 1;
        for (double* at = x, end = x + stride; at < end; at += 8)
        {
            V x0 = Vector512.Load(at), x1 = Vector512.Load(at + stride);
            V x2 = Vector512.Load(at + 2 * stride), x3 = Vector512.Load(at + 3 * stride);
            V x4 = Vector512.Load(at + 4 * stride), x5 = Vector512.Load(at + 5 * stride);
            V x6 = Vector512.Load(at + 6 * stride), x7 = Vector512.Load(at + 7 * stride);
            Inverse(ref x0, ref x1, w3, p, inverse); Inverse(ref x2, ref x3, w4, p, inverse);
            Inverse(ref x4, ref x5, w5, p, inverse); Inverse(ref x6, ref x7, w6, p, inverse);
            Inverse(ref x0, ref x2, w1, p, inverse); Inverse(ref x1, ref x3, w1, p, inverse);
            Inverse(ref x4, ref x6, w2, p, inverse); Inverse(ref x5, ref x7, w2, p, inverse);
            x0 = Reduce(x0, p, inverse); x4 = Reduce(x4, p, inverse);
            Inverse(ref x0, ref x4, w0, p, inverse); Inverse(ref x1, ref x5, w0, p, inverse);
            Inverse(ref x2, ref x6, w0, p, inverse); Inverse(ref x3, ref x7, w0, p, inverse);
            if (last)
            {
                x0 = Multiply(x0, sums, p, inverse); x1 = Multiply(x1, sums, p, inverse);
                x2 = Multiply(x2, sums, p, inverse); x3 = Multiply(x3, sums, p, inverse);
            }
            else
            {
                x1 = Reduce(x1, p, inverse); x2 = Reduce(x2, p, inverse); x3 = Reduce(x3, p, inverse);
            }
            x0.Store(at); x1.Store(at + stride); x2.Store(at + 2 * stride); x3.Store(at + 3 * stride);
            x4.Store(at + 4 * stride); x5.Store(at + 5 * stride); x6.Store(at + 6 * stride); x7.Store(at + 7 * stride);
        }
    }

    /// <summary>Bounds: as the first two levels of <see cref="InverseRadix8"/>; the sums, at most 4, are reduced or multiplied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseRadix4(
        double* x, int stride, double* roots, int node, double sumFactor, double differenceFactor, PrimeModulus modulus)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        V w0 = Vector512.Create(differenceFactor), sums = Vector512.Create(sumFactor);
        V w1 = Vector512.Create(roots[2 * node]), w2 = Vector512.Create(roots[2 * node + 1]);
        bool last = node == 1;
        for (double* at = x, end = x + stride; at < end; at += 8)
        {
            V x0 = Vector512.Load(at), x1 = Vector512.Load(at + stride);
            V x2 = Vector512.Load(at + 2 * stride), x3 = Vector512.Load(at + 3 * stride);
            Inverse(ref x0, ref x1, w1, p, inverse); Inverse(ref x2, ref x3, w2, p, inverse);
            if (last) { x0 = Reduce(x0, p, inverse); x2 = Reduce(x2, p, inverse); }
            Inverse(ref x0, ref x2, w0, p, inverse); Inverse(ref x1, ref x3, w0, p, inverse);
            x0 = last ? Multiply(x0, sums, p, inverse) : Reduce(x0, p, inverse);
            x1 = last ? Multiply(x1, sums, p, inverse) : Reduce(x1, p, inverse);
            x0.Store(at); x1.Store(at + stride); x2.Store(at + 2 * stride); x3.Store(at + 3 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseBlock512(double* x, double* roots, int node, double* tail, PrimeModulus modulus)
    {
        V p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        V x0 = Vector512.Load(x), x1 = Vector512.Load(x + 8), x2 = Vector512.Load(x + 16), x3 = Vector512.Load(x + 24);
        V x4 = Vector512.Load(x + 32), x5 = Vector512.Load(x + 40), x6 = Vector512.Load(x + 48), x7 = Vector512.Load(x + 56);
        Inverse(ref x0, ref x1, Vector512.Load(tail + 24), p, inverse);
        Inverse(ref x2, ref x3, Vector512.Load(tail + 32), p, inverse);
        Inverse(ref x4, ref x5, Vector512.Load(tail + 40), p, inverse);
        Inverse(ref x6, ref x7, Vector512.Load(tail + 48), p, inverse);
        V w = Vector512.Load(tail + 8);
        Inverse(ref x0, ref x2, w, p, inverse); Inverse(ref x1, ref x3, w, p, inverse);
        w = Vector512.Load(tail + 16);
        Inverse(ref x4, ref x6, w, p, inverse); Inverse(ref x5, ref x7, w, p, inverse);
        x0 = Reduce(x0, p, inverse); x4 = Reduce(x4, p, inverse);
        w = Vector512.Load(tail);
        Inverse(ref x0, ref x4, w, p, inverse); Inverse(ref x1, ref x5, w, p, inverse);
        Inverse(ref x2, ref x6, w, p, inverse); Inverse(ref x3, ref x7, w, p, inverse);
        x1 = Reduce(x1, p, inverse); x2 = Reduce(x2, p, inverse); x3 = Reduce(x3, p, inverse);

        Transpose(ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7);

        Inverse(ref x0, ref x1, Vector512.Create(roots[4 * node]), p, inverse);
        Inverse(ref x2, ref x3, Vector512.Create(roots[4 * node + 1]), p, inverse);
        Inverse(ref x4, ref x5, Vector512.Create(roots[4 * node + 2]), p, inverse);
        Inverse(ref x6, ref x7, Vector512.Create(roots[4 * node + 3]), p, inverse);
        w = Vector512.Create(roots[2 * node]);
        Inverse(ref x0, ref x2, w, p, inverse); Inverse(ref x1, ref x3, w, p, inverse);
        w = Vector512.Create(roots[2 * node + 1]);
        Inverse(ref x4, ref x6, w, p, inverse); Inverse(ref x5, ref x7, w, p, inverse);
        x0 = Reduce(x0, p, inverse); x4 = Reduce(x4, p, inverse);
        w = Vector512.Create(roots[node]);
        Inverse(ref x0, ref x4, w, p, inverse); Inverse(ref x1, ref x5, w, p, inverse);
        Inverse(ref x2, ref x6, w, p, inverse); Inverse(ref x3, ref x7, w, p, inverse);
        x0.Store(x); Reduce(x1, p, inverse).Store(x + 8);
        Reduce(x2, p, inverse).Store(x + 16); Reduce(x3, p, inverse).Store(x + 24);
        x4.Store(x + 32); x5.Store(x + 40); x6.Store(x + 48); x7.Store(x + 56);
    }

    /// <summary>(u, v) becomes (u + wv, u - wv).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Forward(ref V u, ref V v, V w, V p, V inverse)
    {
        V product = Multiply(v, w, p, inverse);
        v = u - product;
        u += product;
    }

    /// <summary>(u, v) becomes (u + v, w(u - v)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Inverse(ref V u, ref V v, V w, V p, V inverse)
    {
        V difference = u - v;
        u += v;
        v = Multiply(difference, w, p, inverse);
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

    /// <summary>The 8 x 8 matrix with these rows, transposed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref V x0, ref V x1, ref V x2, ref V x3, ref V x4, ref V x5, ref V x6, ref V x7)
    {
        V a0 = Avx512F.UnpackLow(x0, x1), a1 = Avx512F.UnpackHigh(x0, x1);
        V a2 = Avx512F.UnpackLow(x2, x3), a3 = Avx512F.UnpackHigh(x2, x3);
        V a4 = Avx512F.UnpackLow(x4, x5), a5 = Avx512F.UnpackHigh(x4, x5);
        V a6 = Avx512F.UnpackLow(x6, x7), a7 = Avx512F.UnpackHigh(x6, x7);
        // 128-bit lanes: a0 holds columns 0, 2, 4, 6 of rows 0 and 1, a1 the odd ones; then rows 2 and 3 and so on.
        V b0 = Avx512F.Shuffle4x128(a0, a2, 0x88), b1 = Avx512F.Shuffle4x128(a0, a2, 0xdd);
        V b2 = Avx512F.Shuffle4x128(a4, a6, 0x88), b3 = Avx512F.Shuffle4x128(a4, a6, 0xdd);
        V b4 = Avx512F.Shuffle4x128(a1, a3, 0x88), b5 = Avx512F.Shuffle4x128(a1, a3, 0xdd);
        V b6 = Avx512F.Shuffle4x128(a5, a7, 0x88), b7 = Avx512F.Shuffle4x128(a5, a7, 0xdd);
        // b0: columns 0, 4 of rows 01 and 0, 4 of rows 23; b1: columns 2, 6.
        x0 = Avx512F.Shuffle4x128(b0, b2, 0x88); x4 = Avx512F.Shuffle4x128(b0, b2, 0xdd);
        x2 = Avx512F.Shuffle4x128(b1, b3, 0x88); x6 = Avx512F.Shuffle4x128(b1, b3, 0xdd);
        x1 = Avx512F.Shuffle4x128(b4, b6, 0x88); x5 = Avx512F.Shuffle4x128(b4, b6, 0xdd);
        x3 = Avx512F.Shuffle4x128(b5, b7, 0x88); x7 = Avx512F.Shuffle4x128(b5, b7, 0xdd);
    }
}
