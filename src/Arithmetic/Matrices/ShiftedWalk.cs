using System.Buffers;
using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>
/// Cuts the products of <see cref="ShiftedProduct"/> into tiles. The rows of a are packed into panels as high as a tile; the
/// columns are taken as they lie. Where columns are left over, the last tile starts earlier and computes some again; rows
/// and shifts that are missing in a tile are repeated and not stored.
/// </summary>
internal static unsafe class ShiftedWalk<TKernel> where TKernel : struct, IShiftedKernel
{
    /// <summary>Columns summed at once: the rows of one tile of y stay in the L1 cache for all shifts.</summary>
    private const int SumColumnsMax = 2048;

    /// <summary>c = a B; lengths are checked by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        int m, int n, ReadOnlySpan<float> a, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c)
    {
        int k = offsets.Length, rows = TKernel.Rows, columns = TKernel.Columns, panels = (m + rows - 1) / rows;
        if (n < columns)
        {
            MultiplyNarrow(m, n, a, offsets, x, c);
            return;
        }
        float[] rented = ArrayPool<float>.Shared.Rent(panels * rows * k);
        float* aside = stackalloc float[rows * columns];
        // In bounds: the caller has checked that n elements from every offset are in x, and tiles lie within n columns;
        // whole tiles lie in c, and others are computed aside.
        fixed (float* factorA = a, array = x, product = c, packed = rented)
        fixed (int* starts = offsets)
        {
            Pack(factorA, m, k, packed);
            for (int column = 0; column < n; column += columns)
            {
                int j = Math.Min(column, n - columns);
                for (int row = 0; row < m; row += rows)
                {
                    bool isWhole = row + rows <= m;
                    float* target = product + row * (nint)n + j;
                    TKernel.Multiply(k, packed + row * (nint)k, array + j, starts, isWhole ? target : aside, isWhole ? n : columns);
                    for (int i = 0; i < m - row && !isWhole; i++)
                        new ReadOnlySpan<float>(aside + i * columns, columns).CopyTo(new Span<float>(target + i * (nint)n, columns));
                }
            }
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>c += y B^T; lengths are checked by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddSums(
        int m, int n, ReadOnlySpan<float> y, int stride, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c)
    {
        int k = offsets.Length, rows = TKernel.SumRows, shifts = TKernel.SumShifts;
        float* sums = stackalloc float[rows * shifts];
        int* tile = stackalloc int[shifts];
        // In bounds: n elements from every offset are in x and from every row's start in y, as the caller has checked; a
        // tile with missing rows takes one row at a time, with a stride of 0.
        fixed (float* factor = y, array = x, output = c)
            for (int column = 0; column < n; column += SumColumnsMax)
            {
                int count = Math.Min(SumColumnsMax, n - column);
                for (int row = 0, rowCount; row < m; row += rowCount)
                {
                    rowCount = row + rows <= m ? rows : 1;
                    for (int shift = 0; shift < k; shift += shifts)
                    {
                        for (int p = 0; p < shifts; p++) tile[p] = offsets[Math.Min(shift + p, k - 1)] + column;
                        TKernel.Sum(count, factor + row * (nint)stride + column, rowCount == 1 ? 0 : stride, array, tile, sums);
                        for (int i = 0; i < rowCount; i++)
                            for (int p = 0; p < shifts && shift + p < k; p++)
                                output[(row + i) * (nint)k + shift + p] += sums[p * rows + i];
                    }
                }
            }
    }

    /// <summary>packed[(row / Rows * k + p) * Rows + row % Rows] = a[row * k + p]; zero in rows that a lacks.</summary>
    private static void Pack(float* a, int m, int k, float* packed)
    {
        for (int first = 0; first < m; first += TKernel.Rows, packed += TKernel.Rows * (nint)k)
            for (int i = 0; i < TKernel.Rows; i++)
                for (int p = 0; p < k; p++)
                    packed[p * TKernel.Rows + i] = first + i < m ? a[(first + i) * (nint)k + p] : 0;
    }

    private static void MultiplyNarrow(
        int m, int n, ReadOnlySpan<float> a, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c)
    {
        for (int i = 0; i < m; i++)
        {
            Span<float> row = c.Slice(i * n, n);
            row.Clear();
            for (int p = 0; p < offsets.Length; p++)
                for (int j = 0; j < n; j++) row[j] += a[i * offsets.Length + p] * x[offsets[p] + j];
        }
    }
}
