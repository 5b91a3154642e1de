using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Blindsight.Arithmetic.Residues.ResidueLanes;

namespace Blindsight.Arithmetic.Residues;

/// <summary>Sums of products of a few long rows with pairs of rows, for key switching: each row is loaded once. Constant time.</summary>
/// <remarks>
/// Pairs lie in the order in which they are read: for each block of 64 lanes all rows, for each row 64 elements of its first half and
/// 64 of its second.
/// </remarks>
public static unsafe class ResidueRows
{
    /// <summary>Lanes of a block.</summary>
    public const int Lanes = 64;

    /// <summary>first = sum of row[j] * pair[j].first, second likewise; rows loose, pairs reduced, the sums reduced.</summary>
    /// <param name="rows">Row j begins at j * rowStride and is as long as the sums.</param>
    /// <param name="pairs">Block b begins at b * pairStride.</param>
    /// <param name="first">A multiple of 64 elements; no overlap with the rows.</param>
    public static void Dot(PrimeModulus modulus, int count, ReadOnlySpan<double> rows, int rowStride, ReadOnlySpan<double> pairs, int pairStride,
        Span<double> first, Span<double> second) =>
        Dot(modulus, count, rows, rowStride, pairs, pairStride, first, second, InstructionSets.Best);

    internal static void Dot(PrimeModulus modulus, int count, ReadOnlySpan<double> rows, int rowStride, ReadOnlySpan<double> pairs,
        int pairStride, Span<double> first, Span<double> second, InstructionSet set)
    {
        int length = first.Length, blocks = length / Lanes;
        if (length % Lanes != 0 || second.Length != length || count < 1 || rowStride < length || pairStride < 2 * Lanes * count
            || rows.Length < (long)(count - 1) * rowStride + length || pairs.Length < (long)(blocks - 1) * pairStride + 2 * Lanes * count)
            throw new ArgumentException($"Rows and sums have equal lengths, a multiple of {Lanes}, and pairs as many rows.");
        fixed (double* pr = rows, pp = pairs, pa = first, pb = second)
            for (int block = 0; block < blocks; block++)
            {
                double* x = pr + block * Lanes, w = pp + (long)block * pairStride;
                switch (set)
                {
                    case InstructionSet.Vector512: Block512(modulus, count, x, rowStride, w, pa + block * Lanes, pb + block * Lanes); break;
                    case InstructionSet.Vector256: Block256(modulus, count, x, rowStride, w, pa + block * Lanes, pb + block * Lanes); break;
                    default: BlockScalar(modulus, count, x, rowStride, w, pa + block * Lanes, pb + block * Lanes); break;
                }
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockScalar(PrimeModulus modulus, int count, double* rows, int stride, double* pairs, double* first, double* second)
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            double a = 0, b = 0;
            for (int j = 0; j < count; j++)
            {
                double x = rows[(long)j * stride + lane];
                a = modulus.Reduce(a + modulus.Multiply(x, pairs[2 * Lanes * j + lane]));
                b = modulus.Reduce(b + modulus.Multiply(x, pairs[2 * Lanes * j + Lanes + lane]));
            }
            (first[lane], second[lane]) = (a, b);
        }
    }

    /// <summary>Lazy sums: 1/2 + 8 * 5/8 stays below 8 (<see cref="ResidueVector.LazyTerms"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block512(PrimeModulus modulus, int count, double* rows, int stride, double* pairs, double* first, double* second)
    {
        Vector512<double> p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse);
        for (int lane = 0; lane < Lanes; lane += 32)
        {
            Vector512<double> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            for (int j = 0; j < count;)
            {
                for (int end = Math.Min(count, j + ResidueVector.LazyTerms); j < end; j++)
                {
                    double* x = rows + (long)j * stride + lane, w = pairs + 2 * Lanes * j + lane;
                    Vector512<double> x0 = Vector512.Load(x), x1 = Vector512.Load(x + 8), x2 = Vector512.Load(x + 16), x3 = Vector512.Load(x + 24);
                    a0 += Multiply(x0, Vector512.Load(w), p, inverse);
                    a1 += Multiply(x1, Vector512.Load(w + 8), p, inverse);
                    a2 += Multiply(x2, Vector512.Load(w + 16), p, inverse);
                    a3 += Multiply(x3, Vector512.Load(w + 24), p, inverse);
                    b0 += Multiply(x0, Vector512.Load(w + Lanes), p, inverse);
                    b1 += Multiply(x1, Vector512.Load(w + Lanes + 8), p, inverse);
                    b2 += Multiply(x2, Vector512.Load(w + Lanes + 16), p, inverse);
                    b3 += Multiply(x3, Vector512.Load(w + Lanes + 24), p, inverse);
                }
                a0 = Reduce(a0, p, inverse); a1 = Reduce(a1, p, inverse); a2 = Reduce(a2, p, inverse); a3 = Reduce(a3, p, inverse);
                b0 = Reduce(b0, p, inverse); b1 = Reduce(b1, p, inverse); b2 = Reduce(b2, p, inverse); b3 = Reduce(b3, p, inverse);
            }
            a0.Store(first + lane); a1.Store(first + lane + 8); a2.Store(first + lane + 16); a3.Store(first + lane + 24);
            b0.Store(second + lane); b1.Store(second + lane + 8); b2.Store(second + lane + 16); b3.Store(second + lane + 24);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block256(PrimeModulus modulus, int count, double* rows, int stride, double* pairs, double* first, double* second)
    {
        Vector256<double> p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse);
        for (int lane = 0; lane < Lanes; lane += 8)
        {
            Vector256<double> a0 = default, a1 = default, b0 = default, b1 = default;
            for (int j = 0; j < count;)
            {
                for (int end = Math.Min(count, j + ResidueVector.LazyTerms); j < end; j++)
                {
                    double* x = rows + (long)j * stride + lane, w = pairs + 2 * Lanes * j + lane;
                    Vector256<double> x0 = Vector256.Load(x), x1 = Vector256.Load(x + 4);
                    a0 += Multiply(x0, Vector256.Load(w), p, inverse);
                    a1 += Multiply(x1, Vector256.Load(w + 4), p, inverse);
                    b0 += Multiply(x0, Vector256.Load(w + Lanes), p, inverse);
                    b1 += Multiply(x1, Vector256.Load(w + Lanes + 4), p, inverse);
                }
                a0 = Reduce(a0, p, inverse); a1 = Reduce(a1, p, inverse);
                b0 = Reduce(b0, p, inverse); b1 = Reduce(b1, p, inverse);
            }
            a0.Store(first + lane); a1.Store(first + lane + 4);
            b0.Store(second + lane); b1.Store(second + lane + 4);
        }
    }
}
