using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// The negacyclic transform over one register width. Levels run three (or two) at a time through the whole
/// polynomial, the last six on blocks of 64, which a transposition cuts in two: results stay transposed in each block.
/// Bounds, in units of p, are those of <see cref="Residue{T}"/>. Branches and addresses depend on the size only.
/// </summary>
internal static unsafe class NttKernel<T> where T : unmanaged, ILane<T>
{
    private const int Block = 64;

    /// <summary>Inputs at most 1, outputs at most 1/2. Nine levels take 1 to 7.5, where the blocks reduce.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(double* x, int size, NttTables tables, double modulus)
    {
        Residue<T> ring = new(modulus);
        double* w = tables.Powers.Pointer;
        int m = 1;
        for (; size / m / 8 >= Block && size / m / 8 != 2 * Block; m *= 8)
            for (int i = 0; i < m; i++)
            {
                Factors f = new(w, m, i);
                Forward8(x + i * (size / m), size / m / 8, f, ring);
            }
        for (; size / m > Block; m *= 4)
            for (int i = 0; i < m; i++)
            {
                Factors f = new(w, m, i, 4);
                Forward4(x + i * (size / m), size / m / 4, f, ring);
            }
        for (int i = 0; i < m; i++)
        {
            double* block = x + i * Block;
            ForwardRows(block, new Factors(w, m, i), ring);
            T.Transpose(block);
            ForwardColumns(block, tables.Columns.Pointer + i * NttTables.ColumnFactors * 8, ring);
        }
    }

    /// <summary>
    /// Inputs at most 8, outputs at most 3/4 and divided by the size. Each three levels reduce first: 1/2 to 4.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Inverse(double* x, int size, NttTables tables, double modulus, double sizeInverse)
    {
        Residue<T> ring = new(modulus);
        double* w = tables.Powers.Pointer;
        int m = size / Block;
        for (int i = 0; i < m; i++)
        {
            double* block = x + i * Block;
            InverseColumns(block, tables.Columns.Pointer + i * NttTables.ColumnFactors * 8, ring);
            T.Transpose(block);
            InverseRows(block, new Factors(w, m, i), ring);
        }
        while (m > 1 && System.Numerics.BitOperations.Log2((uint)m) % 3 != 0)
        {
            m /= 4;
            for (int i = 0; i < m; i++)
                Inverse4(x + i * (size / m), size / m / 4, new Factors(w, m, i, 4), ring);
        }
        while (m > 1)
        {
            m /= 8;
            for (int i = 0; i < m; i++)
                Inverse8(x + i * (size / m), size / m / 8, new Factors(w, m, i), ring);
        }
        T scale = T.Broadcast(sizeInverse);
        for (int i = 0; i < size; i += T.Count) T.Store(x + i, ring.Multiply(T.Load(x + i), scale));
    }

    /// <summary>The factors of up to three levels of one block.</summary>
    private readonly struct Factors
    {
        public readonly T A, B0, B1, C0, C1, C2, C3;

        public Factors(double* w, int m, int i)
        {
            A = T.Broadcast(w[m + i]);
            B0 = T.Broadcast(w[2 * (m + i)]);
            B1 = T.Broadcast(w[2 * (m + i) + 1]);
            C0 = T.Broadcast(w[4 * (m + i)]);
            C1 = T.Broadcast(w[4 * (m + i) + 1]);
            C2 = T.Broadcast(w[4 * (m + i) + 2]);
            C3 = T.Broadcast(w[4 * (m + i) + 3]);
        }

        /// <summary>Two levels only.</summary>
        public Factors(double* w, int m, int i, int radix)
        {
            A = T.Broadcast(w[m + i]);
            B0 = T.Broadcast(w[2 * (m + i)]);
            B1 = T.Broadcast(w[2 * (m + i) + 1]);
        }

        /// <summary>Factors that differ from lane to lane.</summary>
        public Factors(double* rows)
        {
            A = T.Load(rows);
            B0 = T.Load(rows + 8);
            B1 = T.Load(rows + 16);
            C0 = T.Load(rows + 24);
            C1 = T.Load(rows + 32);
            C2 = T.Load(rows + 40);
            C3 = T.Load(rows + 48);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward8(double* x, int stride, in Factors factors, in Residue<T> ring)
    {
        Factors f = factors;
        Residue<T> r = ring;
        for (int j = 0; j < stride; j += T.Count) ForwardEight(x + j, stride, f, r, false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inverse8(double* x, int stride, in Factors factors, in Residue<T> ring)
    {
        Factors f = factors;
        Residue<T> r = ring;
        for (int j = 0; j < stride; j += T.Count) InverseEight(x + j, stride, f, r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardRows(double* block, in Factors f, in Residue<T> ring)
    {
        for (int j = 0; j < 8; j += T.Count) ForwardEight(block + j, 8, f, ring, true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseRows(double* block, in Factors f, in Residue<T> ring)
    {
        for (int j = 0; j < 8; j += T.Count) InverseEight(block + j, 8, f, ring);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardColumns(double* block, double* factors, in Residue<T> ring)
    {
        for (int j = 0; j < 8; j += T.Count)
        {
            ForwardEight(block + j, 8, new Factors(factors + j), ring, false);
            for (int row = 0; row < 8; row++)
                T.Store(block + 8 * row + j, ring.Reduce(T.Load(block + 8 * row + j)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseColumns(double* block, double* factors, in Residue<T> ring)
    {
        for (int j = 0; j < 8; j += T.Count) InverseEight(block + j, 8, new Factors(factors + j), ring);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardEight(double* x, int stride, in Factors f, in Residue<T> ring, bool reduce)
    {
        T a = T.Load(x), b = T.Load(x + stride), c = T.Load(x + 2 * stride), d = T.Load(x + 3 * stride);
        T e = T.Load(x + 4 * stride), g = T.Load(x + 5 * stride), h = T.Load(x + 6 * stride), k = T.Load(x + 7 * stride);
        if (reduce)
        {
            a = ring.Reduce(a); b = ring.Reduce(b); c = ring.Reduce(c); d = ring.Reduce(d);
            e = ring.Reduce(e); g = ring.Reduce(g); h = ring.Reduce(h); k = ring.Reduce(k);
        }
        Forward(ref a, ref e, f.A, ring);
        Forward(ref b, ref g, f.A, ring);
        Forward(ref c, ref h, f.A, ring);
        Forward(ref d, ref k, f.A, ring);
        Forward(ref a, ref c, f.B0, ring);
        Forward(ref b, ref d, f.B0, ring);
        Forward(ref e, ref h, f.B1, ring);
        Forward(ref g, ref k, f.B1, ring);
        Forward(ref a, ref b, f.C0, ring);
        Forward(ref c, ref d, f.C1, ring);
        Forward(ref e, ref g, f.C2, ring);
        Forward(ref h, ref k, f.C3, ring);
        T.Store(x, a);
        T.Store(x + stride, b);
        T.Store(x + 2 * stride, c);
        T.Store(x + 3 * stride, d);
        T.Store(x + 4 * stride, e);
        T.Store(x + 5 * stride, g);
        T.Store(x + 6 * stride, h);
        T.Store(x + 7 * stride, k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseEight(double* x, int stride, in Factors f, in Residue<T> ring)
    {
        T a = ring.Reduce(T.Load(x)), b = ring.Reduce(T.Load(x + stride));
        T c = ring.Reduce(T.Load(x + 2 * stride)), d = ring.Reduce(T.Load(x + 3 * stride));
        T e = ring.Reduce(T.Load(x + 4 * stride)), g = ring.Reduce(T.Load(x + 5 * stride));
        T h = ring.Reduce(T.Load(x + 6 * stride)), k = ring.Reduce(T.Load(x + 7 * stride));
        Inverse(ref a, ref b, f.C0, ring);
        Inverse(ref c, ref d, f.C1, ring);
        Inverse(ref e, ref g, f.C2, ring);
        Inverse(ref h, ref k, f.C3, ring);
        Inverse(ref a, ref c, f.B0, ring);
        Inverse(ref b, ref d, f.B0, ring);
        Inverse(ref e, ref h, f.B1, ring);
        Inverse(ref g, ref k, f.B1, ring);
        Inverse(ref a, ref e, f.A, ring);
        Inverse(ref b, ref g, f.A, ring);
        Inverse(ref c, ref h, f.A, ring);
        Inverse(ref d, ref k, f.A, ring);
        T.Store(x, a);
        T.Store(x + stride, b);
        T.Store(x + 2 * stride, c);
        T.Store(x + 3 * stride, d);
        T.Store(x + 4 * stride, e);
        T.Store(x + 5 * stride, g);
        T.Store(x + 6 * stride, h);
        T.Store(x + 7 * stride, k);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward4(double* x, int stride, in Factors f, in Residue<T> ring)
    {
        Residue<T> r = ring;
        T first = f.A, second = f.B0, third = f.B1;
        for (int j = 0; j < stride; j += T.Count)
        {
            double* at = x + j;
            T a = T.Load(at), b = T.Load(at + stride), c = T.Load(at + 2 * stride), d = T.Load(at + 3 * stride);
            Forward(ref a, ref c, first, r);
            Forward(ref b, ref d, first, r);
            Forward(ref a, ref b, second, r);
            Forward(ref c, ref d, third, r);
            T.Store(at, a);
            T.Store(at + stride, b);
            T.Store(at + 2 * stride, c);
            T.Store(at + 3 * stride, d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inverse4(double* x, int stride, in Factors f, in Residue<T> ring)
    {
        Residue<T> r = ring;
        T first = f.A, second = f.B0, third = f.B1;
        for (int j = 0; j < stride; j += T.Count)
        {
            double* at = x + j;
            T a = r.Reduce(T.Load(at)), b = r.Reduce(T.Load(at + stride));
            T c = r.Reduce(T.Load(at + 2 * stride)), d = r.Reduce(T.Load(at + 3 * stride));
            Inverse(ref a, ref b, second, r);
            Inverse(ref c, ref d, third, r);
            Inverse(ref a, ref c, first, r);
            Inverse(ref b, ref d, first, r);
            T.Store(at, a);
            T.Store(at + stride, b);
            T.Store(at + 2 * stride, c);
            T.Store(at + 3 * stride, d);
        }
    }

    /// <summary>(u, v) := (u + v*w, u - v*w).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Forward(ref T u, ref T v, T w, in Residue<T> ring)
    {
        T product = ring.Multiply(v, w);
        v = u - product;
        u += product;
    }

    /// <summary>(u, v) := (u + v, (u - v)*w).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Inverse(ref T u, ref T v, T w, in Residue<T> ring)
    {
        T difference = u - v;
        u += v;
        v = ring.Multiply(difference, w);
    }
}
