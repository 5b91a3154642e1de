using System.Buffers;
using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>
/// Cuts a product into tiles: blocks of op(b), of at most DepthMax rows and WidthMax columns so that they stay in the L2
/// cache, are packed into panels as wide as a tile; against each block, op(a) passes in panels as high as a tile, which
/// stay in the L1 cache. Panels are padded with zeros, and a tile that sticks out of c is computed aside.
/// </summary>
internal static unsafe class TileWalk<TKernel> where TKernel : struct, ITileKernel
{
    private const int DepthMax = 256;
    private const int WidthMax = 960;
    private const int AlignmentFloats = 16;

    /// <summary>c += op(a) op(b); lengths are checked by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, bool transposeA, bool transposeB)
    {
        int rows = TKernel.Rows, columns = TKernel.Columns;
        int depth = Math.Min(k, DepthMax), width = Math.Min((n + columns - 1) / columns * columns, WidthMax);
        float[] rented = ArrayPool<float>.Shared.Rent(AlignmentFloats + depth * (width + rows));
        float* aside = stackalloc float[rows * columns];
        // In bounds: a panel has depth * rows or depth * columns floats, a block has whole panels, and only tiles that lie
        // inside c are written there.
        fixed (float* factorA = a, factorB = b, product = c, buffer = rented)
        {
            float* blockB = (float*)(((nuint)buffer + 63) & ~(nuint)63);
            float* panelA = blockB + depth * width;
            for (int column = 0; column < n; column += WidthMax)
                for (int inner = 0; inner < k; inner += DepthMax)
                {
                    int innerCount = Math.Min(DepthMax, k - inner), columnCount = Math.Min(WidthMax, n - column);
                    PackBlock(factorB, n, k, inner, innerCount, column, columnCount, transposeB, blockB);
                    for (int row = 0; row < m; row += rows)
                    {
                        PackRows(factorA, m, k, row, Math.Min(rows, m - row), inner, innerCount, transposeA, panelA);
                        for (int j = 0; j < columnCount; j += columns)
                            AddTile(
                                innerCount, panelA, blockB + j * innerCount, product + row * (nint)n + column + j, n,
                                Math.Min(rows, m - row), Math.Min(columns, columnCount - j), aside);
                    }
                }
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    private static void AddTile(int k, float* a, float* b, float* c, nint stride, int rows, int columns, float* aside)
    {
        if (rows == TKernel.Rows && columns == TKernel.Columns)
        {
            TKernel.Add(k, a, b, c, stride);
            return;
        }
        new Span<float>(aside, TKernel.Rows * TKernel.Columns).Clear();
        TKernel.Add(k, a, b, aside, TKernel.Columns);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) c[i * stride + j] += aside[i * TKernel.Columns + j];
    }

    private static void PackBlock(
        float* b, nint n, nint k, int inner, int innerCount, int column, int columnCount, bool transposed, float* block)
    {
        for (int j = 0; j < columnCount; j += TKernel.Columns, block += innerCount * TKernel.Columns)
        {
            int count = Math.Min(TKernel.Columns, columnCount - j);
            if (transposed)
                PackAcross(b + (column + j) * k + inner, k, count, innerCount, TKernel.Columns, block);
            else
                PackAlong(b + inner * n + column + j, n, count, innerCount, TKernel.Columns, block);
        }
    }

    private static void PackRows(
        float* a, nint m, nint k, int row, int rowCount, int inner, int innerCount, bool transposed, float* panel)
    {
        if (transposed)
            PackAlong(a + inner * m + row, m, rowCount, innerCount, TKernel.Rows, panel);
        else
            PackAcross(a + row * k + inner, k, rowCount, innerCount, TKernel.Rows, panel);
    }

    /// <summary>panel[p * width + i] = source[p * stride + i] for i below count, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackAlong(float* source, nint stride, int count, int innerCount, int width, float* panel)
    {
        for (int p = 0; p < innerCount; p++, source += stride, panel += width)
        {
            new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(panel, width));
            new Span<float>(panel + count, width - count).Clear();
        }
    }

    /// <summary>panel[p * width + i] = source[i * stride + p] for i below count, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackAcross(float* source, nint stride, int count, int innerCount, int width, float* panel)
    {
        if (count < width) new Span<float>(panel, innerCount * width).Clear();
        int i = 0;
        for (; i + 4 <= count; i += 4)
        {
            float* s0 = source + i * stride, s1 = s0 + stride, s2 = s1 + stride, s3 = s2 + stride;
            float* output = panel + i;
            for (int p = 0; p < innerCount; p++, output += width)
            {
                output[0] = s0[p];
                output[1] = s1[p];
                output[2] = s2[p];
                output[3] = s3[p];
            }
        }
        for (; i < count; i++)
            for (int p = 0; p < innerCount; p++) panel[p * width + i] = source[i * stride + p];
    }
}
