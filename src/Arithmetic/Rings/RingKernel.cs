using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Rings;

/// <summary>
/// Sums of products modulo 2^32 over one register width. Branches and addresses depend on sizes only. Runs read up to
/// one tile beyond the last position; callers leave that much room.
/// </summary>
internal static unsafe class RingKernel<T> where T : unmanaged, IRingLane<T>
{
    /// <summary>Rows of weights that a tile multiplies.</summary>
    public const int Rows = 4;

    /// <summary>Positions of a tile: three registers.</summary>
    public static int TilePositions => 3 * T.Count;

    /// <summary>
    /// sums[row*stride + p] = sum over k of weights[4k + row] * elements[offsets[k] + p], four rows. The last tile is as narrow
    /// as the positions left allow: an image of 7 x 7 has 49.
    /// </summary>
    public static void FourRows(uint* elements, int* offsets, int fanIn, uint* weights, uint* sums, int stride, int positions)
    {
        int p = 0;
        for (; positions - p > 2 * T.Count; p += 3 * T.Count) FourByThree(elements + p, offsets, fanIn, weights, sums + p, stride);
        if (positions - p > T.Count) FourByTwo(elements + p, offsets, fanIn, weights, sums + p, stride);
        else if (positions > p) FourByOne(elements + p, offsets, fanIn, weights, sums + p, stride);
    }

    /// <summary>As <see cref="FourRows"/> for the first of four rows alone: depthwise layers.</summary>
    public static void OneRow(uint* elements, int* offsets, int fanIn, uint* weights, uint* sums, int positions)
    {
        int p = 0;
        for (; positions - p > T.Count; p += 3 * T.Count) OneByThree(elements + p, offsets, fanIn, weights, sums + p);
        if (positions > p) OneByOne(elements + p, offsets, fanIn, weights, sums + p);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByThree(uint* elements, int* offsets, int fanIn, uint* weights, uint* sums, int stride)
    {
        T a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default;
        T c0 = default, c1 = default, c2 = default, d0 = default, d1 = default, d2 = default;
        for (int k = 0; k < fanIn; k++)
        {
            uint* run = elements + offsets[k], row = weights + Rows * k;
            T x = T.Load(run), y = T.Load(run + T.Count), z = T.Load(run + 2 * T.Count), w = T.Broadcast(row[0]);
            a0 += w * x; a1 += w * y; a2 += w * z;
            w = T.Broadcast(row[1]);
            b0 += w * x; b1 += w * y; b2 += w * z;
            w = T.Broadcast(row[2]);
            c0 += w * x; c1 += w * y; c2 += w * z;
            w = T.Broadcast(row[3]);
            d0 += w * x; d1 += w * y; d2 += w * z;
        }
        StoreThree(sums, a0, a1, a2);
        StoreThree(sums + stride, b0, b1, b2);
        StoreThree(sums + 2 * stride, c0, c1, c2);
        StoreThree(sums + 3 * stride, d0, d1, d2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo(uint* elements, int* offsets, int fanIn, uint* weights, uint* sums, int stride)
    {
        T a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (int k = 0; k < fanIn; k++)
        {
            uint* run = elements + offsets[k], row = weights + Rows * k;
            T x = T.Load(run), y = T.Load(run + T.Count), w = T.Broadcast(row[0]);
            a0 += w * x; a1 += w * y;
            w = T.Broadcast(row[1]);
            b0 += w * x; b1 += w * y;
            w = T.Broadcast(row[2]);
            c0 += w * x; c1 += w * y;
            w = T.Broadcast(row[3]);
            d0 += w * x; d1 += w * y;
        }
        StoreTwo(sums, a0, a1);
        StoreTwo(sums + stride, b0, b1);
        StoreTwo(sums + 2 * stride, c0, c1);
        StoreTwo(sums + 3 * stride, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne(uint* elements, int* offsets, int fanIn, uint* weights, uint* sums, int stride)
    {
        T a = default, b = default, c = default, d = default;
        for (int k = 0; k < fanIn; k++)
        {
            uint* row = weights + Rows * k;
            T x = T.Load(elements + offsets[k]);
            a += T.Broadcast(row[0]) * x;
            b += T.Broadcast(row[1]) * x;
            c += T.Broadcast(row[2]) * x;
            d += T.Broadcast(row[3]) * x;
        }
        T.Store(sums, a);
        T.Store(sums + stride, b);
        T.Store(sums + 2 * stride, c);
        T.Store(sums + 3 * stride, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByThree(uint* elements, int* offsets, int fanIn, uint* weights, uint* sums)
    {
        T a = default, b = default, c = default;
        for (int k = 0; k < fanIn; k++)
        {
            uint* run = elements + offsets[k];
            T w = T.Broadcast(weights[Rows * k]);
            a += w * T.Load(run);
            b += w * T.Load(run + T.Count);
            c += w * T.Load(run + 2 * T.Count);
        }
        StoreThree(sums, a, b, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(uint* elements, int* offsets, int fanIn, uint* weights, uint* sums)
    {
        T a = default;
        for (int k = 0; k < fanIn; k++) a += T.Broadcast(weights[Rows * k]) * T.Load(elements + offsets[k]);
        T.Store(sums, a);
    }

    /// <summary>The inner product of signed weights and elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Dot(short* weights, uint* elements, int count)
    {
        T a = default, b = default, c = default, d = default;
        int k = 0;
        for (; k + 4 * T.Count <= count; k += 4 * T.Count)
        {
            a += T.LoadSigned(weights + k) * T.Load(elements + k);
            b += T.LoadSigned(weights + k + T.Count) * T.Load(elements + k + T.Count);
            c += T.LoadSigned(weights + k + 2 * T.Count) * T.Load(elements + k + 2 * T.Count);
            d += T.LoadSigned(weights + k + 3 * T.Count) * T.Load(elements + k + 3 * T.Count);
        }
        for (; k + T.Count <= count; k += T.Count) a += T.LoadSigned(weights + k) * T.Load(elements + k);
        uint sum = T.Sum(a + b + (c + d));
        for (; k < count; k++) sum += (uint)weights[k] * elements[k];
        return sum;
    }

    /// <summary>The inner product of ring elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Dot(uint* weights, uint* elements, int count)
    {
        T a = default, b = default, c = default, d = default;
        int k = 0;
        for (; k + 4 * T.Count <= count; k += 4 * T.Count)
        {
            a += T.Load(weights + k) * T.Load(elements + k);
            b += T.Load(weights + k + T.Count) * T.Load(elements + k + T.Count);
            c += T.Load(weights + k + 2 * T.Count) * T.Load(elements + k + 2 * T.Count);
            d += T.Load(weights + k + 3 * T.Count) * T.Load(elements + k + 3 * T.Count);
        }
        for (; k + T.Count <= count; k += T.Count) a += T.Load(weights + k) * T.Load(elements + k);
        uint sum = T.Sum(a + b + (c + d));
        for (; k < count; k++) sum += weights[k] * elements[k];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo(uint* to, T a, T b)
    {
        T.Store(to, a);
        T.Store(to + T.Count, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreThree(uint* to, T a, T b, T c)
    {
        T.Store(to, a);
        T.Store(to + T.Count, b);
        T.Store(to + 2 * T.Count, c);
    }
}
