using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Rings;

/// <summary>Interleaves four rows of weights, widening signed ones, as <see cref="RingKernel{T}"/> reads them. AVX2, SSE2 and scalar paths.</summary>
internal static unsafe class WeightColumns
{
    private const int Rows = RingKernel<RingLane1>.Rows;

    public static bool IsVectorSupported => Avx2.IsSupported;

    /// <summary>columns[4k + row] = weights[row * fanIn + k] modulo 2^32 for each of <paramref name="rows"/> rows, at most four.</summary>
    /// <param name="weights">rows * fanIn.</param>
    /// <param name="columns">4 * fanIn; entries of absent rows keep their value.</param>
    public static void Interleave(ReadOnlySpan<short> weights, int rows, int fanIn, Span<uint> columns)
    {
        if (weights.Length != rows * fanIn || columns.Length != Rows * fanIn || rows is < 1 or > Rows)
            throw new ArgumentException("Weights have so many rows of a fan-in, columns four.");
        InterleaveScalar(weights, rows, fanIn, columns, rows == Rows && IsVectorSupported ? InterleaveVector(weights, fanIn, columns) : 0);
    }

    /// <summary>The same for ring elements.</summary>
    public static void Interleave(ReadOnlySpan<uint> weights, int rows, int fanIn, Span<uint> columns)
    {
        if (weights.Length != rows * fanIn || columns.Length != Rows * fanIn || rows is < 1 or > Rows)
            throw new ArgumentException("Weights have so many rows of a fan-in, columns four.");
        InterleaveScalar(weights, rows, fanIn, columns, rows == Rows && Sse2.IsSupported ? InterleaveVector(weights, fanIn, columns) : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InterleaveScalar(ReadOnlySpan<uint> weights, int rows, int fanIn, Span<uint> columns, int from)
    {
        for (int row = 0; row < rows; row++)
            for (int k = from; k < fanIn; k++) columns[k * Rows + row] = weights[row * fanIn + k];
    }

    /// <summary>Four columns at a time; returns how many are done. In bounds: k + 4 stays at or below the fan-in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int InterleaveVector(ReadOnlySpan<uint> weights, int fanIn, Span<uint> columns)
    {
        int k = 0;
        fixed (uint* row = weights, to = columns)
            for (; k + 4 <= fanIn; k += 4)
            {
                Vector128<uint> a = Vector128.Load(row + k), b = Vector128.Load(row + fanIn + k);
                Vector128<uint> c = Vector128.Load(row + 2 * fanIn + k), d = Vector128.Load(row + 3 * fanIn + k);
                Vector128<ulong> low = Sse2.UnpackLow(a, b).AsUInt64(), lowNext = Sse2.UnpackLow(c, d).AsUInt64();
                Vector128<ulong> high = Sse2.UnpackHigh(a, b).AsUInt64(), highNext = Sse2.UnpackHigh(c, d).AsUInt64();
                uint* column = to + Rows * k;
                Sse2.UnpackLow(low, lowNext).AsUInt32().Store(column);
                Sse2.UnpackHigh(low, lowNext).AsUInt32().Store(column + 4);
                Sse2.UnpackLow(high, highNext).AsUInt32().Store(column + 8);
                Sse2.UnpackHigh(high, highNext).AsUInt32().Store(column + 12);
            }
        return k;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InterleaveScalar(ReadOnlySpan<short> weights, int rows, int fanIn, Span<uint> columns, int from)
    {
        for (int row = 0; row < rows; row++)
            for (int k = from; k < fanIn; k++) columns[k * Rows + row] = (uint)weights[row * fanIn + k];
    }

    /// <summary>Eight columns at a time; returns how many are done. In bounds: k + 8 stays at or below the fan-in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int InterleaveVector(ReadOnlySpan<short> weights, int fanIn, Span<uint> columns)
    {
        int k = 0;
        fixed (short* row = weights)
        fixed (uint* to = columns)
            for (; k + 8 <= fanIn; k += 8)
            {
                Vector128<short> a = Vector128.Load(row + k), b = Vector128.Load(row + fanIn + k);
                Vector128<short> c = Vector128.Load(row + 2 * fanIn + k), d = Vector128.Load(row + 3 * fanIn + k);
                Vector128<int> low = Sse2.UnpackLow(a, b).AsInt32(), lowNext = Sse2.UnpackLow(c, d).AsInt32();
                Vector128<int> high = Sse2.UnpackHigh(a, b).AsInt32(), highNext = Sse2.UnpackHigh(c, d).AsInt32();
                uint* column = to + Rows * k;
                Widen(Sse2.UnpackLow(low, lowNext), column);
                Widen(Sse2.UnpackHigh(low, lowNext), column + 8);
                Widen(Sse2.UnpackLow(high, highNext), column + 16);
                Widen(Sse2.UnpackHigh(high, highNext), column + 24);
            }
        return k;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(Vector128<int> pairs, uint* to) => Avx2.ConvertToVector256Int32(pairs.AsInt16()).AsUInt32().Store(to);
}
