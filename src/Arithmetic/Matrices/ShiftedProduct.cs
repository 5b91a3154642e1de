using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>
/// Products with a matrix whose rows are windows of one array, B[p, j] = x[offsets[p] + j], on one thread: what a
/// convolution with stride 1 is on images with zeros between their rows, without writing B down. The public door and the
/// scalar twin; all paths walk the same way (<see cref="ShiftedWalk{TKernel}"/>) and differ in the kernel of one tile.
/// </summary>
public static partial class ShiftedProduct
{
    /// <summary>
    /// c = a B: c[i * n + j] = sum over p of a[i * k + p] * x[offsets[p] + j]. Each element is a sum in an order that depends
    /// on k and the instruction set alone; the relative error against the sum of absolute products is at most about
    /// k * 2^-24. Not constant time.
    /// </summary>
    /// <param name="m">Rows of a and c.</param>
    /// <param name="n">Columns of B and c.</param>
    /// <param name="a">m x k, row by row, where k is the number of offsets.</param>
    /// <param name="offsets">Where each row of B starts in x.</param>
    /// <param name="c">m x n, row by row; must not overlap a or x. Elements after the first m * n are left alone.</param>
    /// <exception cref="ArgumentException">A dimension is negative, a span is too short, a row leaves x, or c overlaps.</exception>
    public static void Multiply(
        int m, int n, ReadOnlySpan<float> a, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c)
    {
        RequireRows(m, n, offsets, x);
        if (a.Length < (long)m * offsets.Length || c.Length < (long)m * n)
            throw new ArgumentException($"Spans of {a.Length} and {c.Length} elements for {m} x {offsets.Length} and {m} x {n} matrices.");
        c = c[..(m * n)];
        if (c.Overlaps(a[..(m * offsets.Length)]) || c.Overlaps(x)) throw new ArgumentException("The product overlaps a factor.");
        if (FloatMatrix.IsVector512Supported) MultiplyVector512(m, n, a, offsets, x, c);
        else if (FloatMatrix.IsVector256Supported) MultiplyVector256(m, n, a, offsets, x, c);
        else MultiplyScalar(m, n, a, offsets, x, c);
    }

    /// <summary>
    /// c += y B^T: c[i * k + p] += sum over j below n of y[i * stride + j] * x[offsets[p] + j]. Order of the sums and error
    /// as for Multiply, with n in the place of k.
    /// </summary>
    /// <param name="m">Rows of y and c.</param>
    /// <param name="n">Columns of y and B.</param>
    /// <param name="y">m rows, each n elements of <paramref name="stride"/>.</param>
    /// <param name="stride">Elements from one row of y to the next; at least n.</param>
    /// <param name="c">m x k, row by row, where k is the number of offsets; must not overlap y or x.</param>
    /// <exception cref="ArgumentException">As for Multiply.</exception>
    public static void AddSums(
        int m, int n, ReadOnlySpan<float> y, int stride, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c)
    {
        RequireRows(m, n, offsets, x);
        if (stride < n || (m > 0 && y.Length < (long)(m - 1) * stride + n) || c.Length < (long)m * offsets.Length)
            throw new ArgumentException(
                $"Spans of {y.Length} and {c.Length} elements for {m} rows of {n} at a stride of {stride} and {m} x {offsets.Length} sums.");
        c = c[..(m * offsets.Length)];
        if (c.Overlaps(y) || c.Overlaps(x)) throw new ArgumentException("The sums overlap a factor.");
        if (FloatMatrix.IsVector512Supported) AddSumsVector512(m, n, y, stride, offsets, x, c);
        else if (FloatMatrix.IsVector256Supported) AddSumsVector256(m, n, y, stride, offsets, x, c);
        else AddSumsScalar(m, n, y, stride, offsets, x, c);
    }

    internal static void MultiplyScalar(
        int m, int n, ReadOnlySpan<float> a, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c) =>
        ShiftedWalk<ScalarTile>.Multiply(m, n, a, offsets, x, c);

    internal static void AddSumsScalar(
        int m, int n, ReadOnlySpan<float> y, int stride, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c) =>
        ShiftedWalk<ScalarTile>.AddSums(m, n, y, stride, offsets, x, c);

    private static void RequireRows(int m, int n, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x)
    {
        if (m < 0 || n < 0) throw new ArgumentException($"A product of {m} rows and {n} columns.");
        foreach (int offset in offsets)
            if (offset < 0 || (long)offset + n > x.Length)
                throw new ArgumentException($"A row of {n} elements at {offset} leaves the array of {x.Length}.");
    }

    private readonly unsafe struct ScalarTile : IShiftedKernel
    {
        public static int Rows => 4;
        public static int Columns => 4;
        public static int SumRows => 2;
        public static int SumShifts => 2;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Multiply(int k, float* a, float* x, int* offsets, float* c, nint stride)
        {
            for (int row = 0; row < 4; row++, c += stride)
            {
                float c0 = 0, c1 = 0, c2 = 0, c3 = 0;
                for (int p = 0; p < k; p++)
                {
                    float factor = a[4 * p + row];
                    float* b = x + offsets[p];
                    c0 += factor * b[0];
                    c1 += factor * b[1];
                    c2 += factor * b[2];
                    c3 += factor * b[3];
                }
                c[0] = c0;
                c[1] = c1;
                c[2] = c2;
                c[3] = c3;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Sum(int n, float* y, nint stride, float* x, int* offsets, float* sums)
        {
            float* x0 = x + offsets[0], x1 = x + offsets[1], y1 = y + stride;
            float s00 = 0, s01 = 0, s10 = 0, s11 = 0;
            for (int j = 0; j < n; j++)
            {
                s00 += y[j] * x0[j];
                s01 += y[j] * x1[j];
                s10 += y1[j] * x0[j];
                s11 += y1[j] * x1[j];
            }
            sums[0] = s00;
            sums[1] = s10;
            sums[2] = s01;
            sums[3] = s11;
        }
    }
}
