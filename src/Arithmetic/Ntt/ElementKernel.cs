using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>Element-wise arithmetic over one register width; the size is a multiple of 8.</summary>
internal static unsafe class ElementKernel<T> where T : unmanaged, ILane<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAdd(double* x, double* y, double* sum, int size, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        for (int i = 0; i < size; i += T.Count)
        {
            T total = T.Load(sum + i) + Residue<T>.Multiply(T.Load(x + i), T.Load(y + i), p, inverse, rounder);
            T.Store(sum + i, Residue<T>.Reduce(total, p, inverse, rounder));
        }
    }

    /// <summary>
    /// first[i] and second[i] = sum over t of w[t*size + i] times x[t*size + i] and y[t*size + i], reduced; each w is loaded once.
    /// Four terms at a time stream through memory while the sums stay in cache: 1/2 + 4 * (1/2 + 1/32) stays below 8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InnerProducts(
        double* x, double* y, double* w, int terms, double* first, double* second, int size, double modulus)
    {
        new Span<double>(first, size).Clear();
        new Span<double>(second, size).Clear();
        int t = 0;
        for (; t + 4 <= terms; t += 4)
        {
            int at = t * size;
            FourTerms(x + at, y + at, w + at, first, second, size, modulus);
        }
        for (; t < terms; t++)
        {
            MultiplyAdd(x + t * size, w + t * size, first, size, modulus);
            MultiplyAdd(y + t * size, w + t * size, second, size, modulus);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTerms(double* x, double* y, double* w, double* first, double* second, int size, double modulus)
    {
        T p = T.Broadcast(modulus), inverse = T.Broadcast(1 / modulus), rounder = T.Broadcast(Residue<T>.Rounder);
        for (int i = 0; i < size; i += T.Count, x += T.Count, y += T.Count, w += T.Count)
        {
            T factor = T.Load(w), a = T.Load(first + i), b = T.Load(second + i);
            a += Residue<T>.Multiply(T.Load(x), factor, p, inverse, rounder);
            b += Residue<T>.Multiply(T.Load(y), factor, p, inverse, rounder);
            factor = T.Load(w + size);
            a += Residue<T>.Multiply(T.Load(x + size), factor, p, inverse, rounder);
            b += Residue<T>.Multiply(T.Load(y + size), factor, p, inverse, rounder);
            factor = T.Load(w + 2 * size);
            a += Residue<T>.Multiply(T.Load(x + 2 * size), factor, p, inverse, rounder);
            b += Residue<T>.Multiply(T.Load(y + 2 * size), factor, p, inverse, rounder);
            factor = T.Load(w + 3 * size);
            a += Residue<T>.Multiply(T.Load(x + 3 * size), factor, p, inverse, rounder);
            b += Residue<T>.Multiply(T.Load(y + 3 * size), factor, p, inverse, rounder);
            T.Store(first + i, Residue<T>.Reduce(a, p, inverse, rounder));
            T.Store(second + i, Residue<T>.Reduce(b, p, inverse, rounder));
        }
    }
}
