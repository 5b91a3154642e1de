using System.Numerics;
using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// The negacyclic transform over one register width. Levels run three (or two) at a time through the whole
/// polynomial, the last six on blocks of 64, which a transposition cuts in two: results stay transposed in each block.
/// Bounds, in units of p, are those of <see cref="Residue{T}"/>. Branches and addresses depend on the size only.
/// Three levels a method: with more, the JIT's budget for inlining runs out and butterflies become calls.
/// Index i of a level of m blocks counts from m on, as in <see cref="NttTables"/>.
/// </summary>
internal static unsafe class NttKernel<T> where T : unmanaged, ILane<T>
{
    private const int Block = 64;

    /// <summary>Inputs at most 1, outputs at most 1/2. Nine levels take 1 to 7.5, where the blocks reduce.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(double* x, int size, NttTables tables, double modulus)
    {
        double* w = tables.Powers.Pointer;
        int m = 1, levels = BitOperations.Log2((uint)(size / Block));
        for (; levels >= 5 || levels == 3; levels -= 3, m *= 8)
            for (int i = 0; i < m; i++) Forward8(x + i * (size / m), size / m / 8, w, m + i, modulus);
        for (; levels > 0; levels -= 2, m *= 4)
            for (int i = 0; i < m; i++) Forward4(x + i * (size / m), size / m / 4, w, m + i, modulus);
        for (int i = 0; i < m; i++)
        {
            double* block = x + i * Block;
            ForwardRows(block, w, m + i, modulus);
            T.Transpose(block);
            ForwardColumns(block, tables.Columns.Pointer + i * NttTables.ColumnFactors * 8, modulus);
        }
    }

    /// <summary>
    /// Inputs at most 8, outputs at most 3/4 and divided by the size. Each three levels reduce first: 1/2 to 4.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Inverse(double* x, int size, NttTables tables, double modulus, double sizeInverse)
    {
        double* w = tables.Powers.Pointer;
        int m = size / Block;
        for (int i = 0; i < m; i++)
        {
            double* block = x + i * Block;
            InverseColumns(block, tables.Columns.Pointer + i * NttTables.ColumnFactors * 8, modulus);
            T.Transpose(block);
            InverseRows(block, w, m + i, modulus);
        }
        while (BitOperations.Log2((uint)m) % 3 != 0)
        {
            m /= 4;
            for (int i = 0; i < m; i++) Inverse4(x + i * (size / m), size / m / 4, w, m + i, modulus);
        }
        while (m > 1)
        {
            m /= 8;
            for (int i = 0; i < m; i++) Inverse8(x + i * (size / m), size / m / 8, w, m + i, modulus);
        }
        Scale(x, size, sizeInverse, modulus);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward8(double* x, int stride, double* w, int i, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        T w1 = T.Broadcast(w[i]), w2 = T.Broadcast(w[2 * i]), w3 = T.Broadcast(w[2 * i + 1]), w4 = T.Broadcast(w[4 * i]);
        T w5 = T.Broadcast(w[4 * i + 1]), w6 = T.Broadcast(w[4 * i + 2]), w7 = T.Broadcast(w[4 * i + 3]);
        for (int j = 0; j < stride; j += T.Count)
            Radix8<T>.Forward(x + j, stride, w1, w2, w3, w4, w5, w6, w7, p, inverse, rounder);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inverse8(double* x, int stride, double* w, int i, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        T w1 = T.Broadcast(w[i]), w2 = T.Broadcast(w[2 * i]), w3 = T.Broadcast(w[2 * i + 1]), w4 = T.Broadcast(w[4 * i]);
        T w5 = T.Broadcast(w[4 * i + 1]), w6 = T.Broadcast(w[4 * i + 2]), w7 = T.Broadcast(w[4 * i + 3]);
        for (int j = 0; j < stride; j += T.Count)
            Radix8<T>.Inverse(x + j, stride, w1, w2, w3, w4, w5, w6, w7, p, inverse, rounder);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRows(double* block, double* w, int i, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        T w1 = T.Broadcast(w[i]), w2 = T.Broadcast(w[2 * i]), w3 = T.Broadcast(w[2 * i + 1]), w4 = T.Broadcast(w[4 * i]);
        T w5 = T.Broadcast(w[4 * i + 1]), w6 = T.Broadcast(w[4 * i + 2]), w7 = T.Broadcast(w[4 * i + 3]);
        for (int j = 0; j < 8; j += T.Count)
            Radix8<T>.ForwardReducing(block + j, 8, w1, w2, w3, w4, w5, w6, w7, p, inverse, rounder);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardColumns(double* block, double* factors, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        for (int j = 0; j < 8; j += T.Count)
        {
            double* f = factors + j;
            Radix8<T>.ForwardReduced(
                block + j, 8, T.Load(f), T.Load(f + 8), T.Load(f + 16), T.Load(f + 24), T.Load(f + 32), T.Load(f + 40),
                T.Load(f + 48), p, inverse, rounder);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseRows(double* block, double* w, int i, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        T w1 = T.Broadcast(w[i]), w2 = T.Broadcast(w[2 * i]), w3 = T.Broadcast(w[2 * i + 1]), w4 = T.Broadcast(w[4 * i]);
        T w5 = T.Broadcast(w[4 * i + 1]), w6 = T.Broadcast(w[4 * i + 2]), w7 = T.Broadcast(w[4 * i + 3]);
        for (int j = 0; j < 8; j += T.Count)
            Radix8<T>.Inverse(block + j, 8, w1, w2, w3, w4, w5, w6, w7, p, inverse, rounder);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InverseColumns(double* block, double* factors, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        for (int j = 0; j < 8; j += T.Count)
        {
            double* f = factors + j;
            Radix8<T>.Inverse(
                block + j, 8, T.Load(f), T.Load(f + 8), T.Load(f + 16), T.Load(f + 24), T.Load(f + 32), T.Load(f + 40),
                T.Load(f + 48), p, inverse, rounder);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward4(double* x, int stride, double* w, int i, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        T w1 = T.Broadcast(w[i]), w2 = T.Broadcast(w[2 * i]), w3 = T.Broadcast(w[2 * i + 1]);
        for (int j = 0; j < stride; j += T.Count)
        {
            double* at = x + j;
            T a = T.Load(at), b = T.Load(at + stride), c = T.Load(at + 2 * stride), d = T.Load(at + 3 * stride);
            Radix8<T>.Forward(ref a, ref c, w1, p, inverse, rounder);
            Radix8<T>.Forward(ref b, ref d, w1, p, inverse, rounder);
            Radix8<T>.Forward(ref a, ref b, w2, p, inverse, rounder);
            Radix8<T>.Forward(ref c, ref d, w3, p, inverse, rounder);
            T.Store(at, a);
            T.Store(at + stride, b);
            T.Store(at + 2 * stride, c);
            T.Store(at + 3 * stride, d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inverse4(double* x, int stride, double* w, int i, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        T w1 = T.Broadcast(w[i]), w2 = T.Broadcast(w[2 * i]), w3 = T.Broadcast(w[2 * i + 1]);
        for (int j = 0; j < stride; j += T.Count)
        {
            double* at = x + j;
            T a = Residue<T>.Reduce(T.Load(at), p, inverse, rounder);
            T b = Residue<T>.Reduce(T.Load(at + stride), p, inverse, rounder);
            T c = Residue<T>.Reduce(T.Load(at + 2 * stride), p, inverse, rounder);
            T d = Residue<T>.Reduce(T.Load(at + 3 * stride), p, inverse, rounder);
            Radix8<T>.Inverse(ref a, ref b, w2, p, inverse, rounder);
            Radix8<T>.Inverse(ref c, ref d, w3, p, inverse, rounder);
            Radix8<T>.Inverse(ref a, ref c, w1, p, inverse, rounder);
            Radix8<T>.Inverse(ref b, ref d, w1, p, inverse, rounder);
            T.Store(at, a);
            T.Store(at + stride, b);
            T.Store(at + 2 * stride, c);
            T.Store(at + 3 * stride, d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(double* x, int size, double factor, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        T scale = T.Broadcast(factor);
        for (int i = 0; i < size; i += T.Count)
            T.Store(x + i, Residue<T>.Multiply(T.Load(x + i), scale, p, inverse, rounder));
    }
}
