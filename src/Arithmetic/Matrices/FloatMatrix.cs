using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>
/// Products of dense row-major matrices of 32-bit floats, on one thread: the public door and the scalar twin. All paths
/// walk the same tiles (<see cref="TileWalk{TKernel}"/>) and differ in the kernel of one tile.
/// </summary>
public static partial class FloatMatrix
{
    /// <summary>
    /// c = op(a) op(b), or c += op(a) op(b), for op(a) of m x k, op(b) of k x n and c of m x n. Each element is a sum of k
    /// products in an order that depends on k and the instruction set alone, so results are reproducible on one machine;
    /// the relative error against the sum of absolute products is at most about k * 2^-24. Not constant time.
    /// </summary>
    /// <param name="a">m x k, or k x m where <paramref name="transposeA"/>.</param>
    /// <param name="b">k x n, or n x k where <paramref name="transposeB"/>.</param>
    /// <param name="c">m x n; must not overlap a factor. Elements after the first m * n are left alone.</param>
    /// <param name="accumulate">Whether the product is added to <paramref name="c"/>.</param>
    /// <exception cref="ArgumentException">A dimension is negative, a span is shorter than its shape, or c overlaps.</exception>
    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c,
        bool transposeA = false, bool transposeB = false, bool accumulate = false)
    {
        if (m < 0 || n < 0 || k < 0) throw new ArgumentException($"A product of {m} x {k} by {k} x {n} matrices.");
        if (a.Length < (long)m * k || b.Length < (long)k * n || c.Length < (long)m * n)
            throw new ArgumentException(
                $"Spans of {a.Length}, {b.Length} and {c.Length} elements for {m} x {k}, {k} x {n} and {m} x {n} matrices.");
        c = c[..(m * n)];
        if (c.Overlaps(a[..(m * k)]) || c.Overlaps(b[..(k * n)])) throw new ArgumentException("The product overlaps a factor.");
        if (!accumulate) c.Clear();
        if (c.IsEmpty || k == 0) return;
        if (IsVector512Supported) AddVector512(m, n, k, a, b, c, transposeA, transposeB);
        else if (IsVector256Supported) AddVector256(m, n, k, a, b, c, transposeA, transposeB);
        else AddScalar(m, n, k, a, b, c, transposeA, transposeB);
    }

    internal static bool IsVector512Supported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    internal static bool IsVector256Supported => Fma.IsSupported && Avx.IsSupported;

    internal static void AddScalar(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, bool transposeA, bool transposeB) =>
        TileWalk<ScalarTile>.Add(m, n, k, a, b, c, transposeA, transposeB);

    /// <summary>Tiles of 4 x 4.</summary>
    private readonly struct ScalarTile : ITileKernel
    {
        public static int Rows => 4;
        public static int Columns => 4;

        public static unsafe void Add(int k, float* a, float* b, float* c, nint stride)
        {
            for (int row = 0; row < 4; row++)
            {
                float c0 = 0, c1 = 0, c2 = 0, c3 = 0;
                for (int p = 0; p < k; p++)
                {
                    float factor = a[4 * p + row];
                    c0 += factor * b[4 * p];
                    c1 += factor * b[4 * p + 1];
                    c2 += factor * b[4 * p + 2];
                    c3 += factor * b[4 * p + 3];
                }
                float* output = c + row * stride;
                output[0] += c0;
                output[1] += c1;
                output[2] += c2;
                output[3] += c3;
            }
        }
    }
}
