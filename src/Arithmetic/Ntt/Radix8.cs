using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// Three levels at a time on eight registers at a stride. Factor 1 is that of the level with the largest distance, 2 and 3 those
/// of the next, 4 to 7 those of the last. Bounds, in units of p, are those of <see cref="Residue{T}"/>.
/// </summary>
internal static unsafe class Radix8<T> where T : unmanaged, ILane<T>
{
    /// <summary>Grows the bound B by 3/2 and some, as <see cref="Residue{T}"/> says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward(
        double* x, int stride, T w1, T w2, T w3, T w4, T w5, T w6, T w7, T p, T inverse, T rounder)
    {
        T a = T.Load(x);
        T b = T.Load(x + stride);
        T c = T.Load(x + 2 * stride);
        T d = T.Load(x + 3 * stride);
        T e = T.Load(x + 4 * stride);
        T f = T.Load(x + 5 * stride);
        T g = T.Load(x + 6 * stride);
        T h = T.Load(x + 7 * stride);
        Forward(ref a, ref e, w1, p, inverse, rounder);
        Forward(ref b, ref f, w1, p, inverse, rounder);
        Forward(ref c, ref g, w1, p, inverse, rounder);
        Forward(ref d, ref h, w1, p, inverse, rounder);
        Forward(ref a, ref c, w2, p, inverse, rounder);
        Forward(ref b, ref d, w2, p, inverse, rounder);
        Forward(ref e, ref g, w3, p, inverse, rounder);
        Forward(ref f, ref h, w3, p, inverse, rounder);
        Forward(ref a, ref b, w4, p, inverse, rounder);
        Forward(ref c, ref d, w5, p, inverse, rounder);
        Forward(ref e, ref f, w6, p, inverse, rounder);
        Forward(ref g, ref h, w7, p, inverse, rounder);
        T.Store(x, a);
        T.Store(x + stride, b);
        T.Store(x + 2 * stride, c);
        T.Store(x + 3 * stride, d);
        T.Store(x + 4 * stride, e);
        T.Store(x + 5 * stride, f);
        T.Store(x + 6 * stride, g);
        T.Store(x + 7 * stride, h);
    }

    /// <summary>As <see cref="Forward(double*, int, T, T, T, T, T, T, T, T, T, T)"/>, of inputs at most 8, reduced first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForwardReducing(
        double* x, int stride, T w1, T w2, T w3, T w4, T w5, T w6, T w7, T p, T inverse, T rounder)
    {
        T a = Residue<T>.Reduce(T.Load(x), p, inverse, rounder);
        T b = Residue<T>.Reduce(T.Load(x + stride), p, inverse, rounder);
        T c = Residue<T>.Reduce(T.Load(x + 2 * stride), p, inverse, rounder);
        T d = Residue<T>.Reduce(T.Load(x + 3 * stride), p, inverse, rounder);
        T e = Residue<T>.Reduce(T.Load(x + 4 * stride), p, inverse, rounder);
        T f = Residue<T>.Reduce(T.Load(x + 5 * stride), p, inverse, rounder);
        T g = Residue<T>.Reduce(T.Load(x + 6 * stride), p, inverse, rounder);
        T h = Residue<T>.Reduce(T.Load(x + 7 * stride), p, inverse, rounder);
        Forward(ref a, ref e, w1, p, inverse, rounder);
        Forward(ref b, ref f, w1, p, inverse, rounder);
        Forward(ref c, ref g, w1, p, inverse, rounder);
        Forward(ref d, ref h, w1, p, inverse, rounder);
        Forward(ref a, ref c, w2, p, inverse, rounder);
        Forward(ref b, ref d, w2, p, inverse, rounder);
        Forward(ref e, ref g, w3, p, inverse, rounder);
        Forward(ref f, ref h, w3, p, inverse, rounder);
        Forward(ref a, ref b, w4, p, inverse, rounder);
        Forward(ref c, ref d, w5, p, inverse, rounder);
        Forward(ref e, ref f, w6, p, inverse, rounder);
        Forward(ref g, ref h, w7, p, inverse, rounder);
        T.Store(x, a);
        T.Store(x + stride, b);
        T.Store(x + 2 * stride, c);
        T.Store(x + 3 * stride, d);
        T.Store(x + 4 * stride, e);
        T.Store(x + 5 * stride, f);
        T.Store(x + 6 * stride, g);
        T.Store(x + 7 * stride, h);
    }

    /// <summary>The last three levels: results reduced.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForwardReduced(
        double* x, int stride, T w1, T w2, T w3, T w4, T w5, T w6, T w7, T p, T inverse, T rounder)
    {
        T a = T.Load(x);
        T b = T.Load(x + stride);
        T c = T.Load(x + 2 * stride);
        T d = T.Load(x + 3 * stride);
        T e = T.Load(x + 4 * stride);
        T f = T.Load(x + 5 * stride);
        T g = T.Load(x + 6 * stride);
        T h = T.Load(x + 7 * stride);
        Forward(ref a, ref e, w1, p, inverse, rounder);
        Forward(ref b, ref f, w1, p, inverse, rounder);
        Forward(ref c, ref g, w1, p, inverse, rounder);
        Forward(ref d, ref h, w1, p, inverse, rounder);
        Forward(ref a, ref c, w2, p, inverse, rounder);
        Forward(ref b, ref d, w2, p, inverse, rounder);
        Forward(ref e, ref g, w3, p, inverse, rounder);
        Forward(ref f, ref h, w3, p, inverse, rounder);
        Forward(ref a, ref b, w4, p, inverse, rounder);
        Forward(ref c, ref d, w5, p, inverse, rounder);
        Forward(ref e, ref f, w6, p, inverse, rounder);
        Forward(ref g, ref h, w7, p, inverse, rounder);
        T.Store(x, Residue<T>.Reduce(a, p, inverse, rounder));
        T.Store(x + stride, Residue<T>.Reduce(b, p, inverse, rounder));
        T.Store(x + 2 * stride, Residue<T>.Reduce(c, p, inverse, rounder));
        T.Store(x + 3 * stride, Residue<T>.Reduce(d, p, inverse, rounder));
        T.Store(x + 4 * stride, Residue<T>.Reduce(e, p, inverse, rounder));
        T.Store(x + 5 * stride, Residue<T>.Reduce(f, p, inverse, rounder));
        T.Store(x + 6 * stride, Residue<T>.Reduce(g, p, inverse, rounder));
        T.Store(x + 7 * stride, Residue<T>.Reduce(h, p, inverse, rounder));
    }

    /// <summary>Inputs at most 8, reduced first; results at most 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inverse(
        double* x, int stride, T w1, T w2, T w3, T w4, T w5, T w6, T w7, T p, T inverse, T rounder)
    {
        T a = Residue<T>.Reduce(T.Load(x), p, inverse, rounder);
        T b = Residue<T>.Reduce(T.Load(x + stride), p, inverse, rounder);
        T c = Residue<T>.Reduce(T.Load(x + 2 * stride), p, inverse, rounder);
        T d = Residue<T>.Reduce(T.Load(x + 3 * stride), p, inverse, rounder);
        T e = Residue<T>.Reduce(T.Load(x + 4 * stride), p, inverse, rounder);
        T f = Residue<T>.Reduce(T.Load(x + 5 * stride), p, inverse, rounder);
        T g = Residue<T>.Reduce(T.Load(x + 6 * stride), p, inverse, rounder);
        T h = Residue<T>.Reduce(T.Load(x + 7 * stride), p, inverse, rounder);
        Inverse(ref a, ref b, w4, p, inverse, rounder);
        Inverse(ref c, ref d, w5, p, inverse, rounder);
        Inverse(ref e, ref f, w6, p, inverse, rounder);
        Inverse(ref g, ref h, w7, p, inverse, rounder);
        Inverse(ref a, ref c, w2, p, inverse, rounder);
        Inverse(ref b, ref d, w2, p, inverse, rounder);
        Inverse(ref e, ref g, w3, p, inverse, rounder);
        Inverse(ref f, ref h, w3, p, inverse, rounder);
        Inverse(ref a, ref e, w1, p, inverse, rounder);
        Inverse(ref b, ref f, w1, p, inverse, rounder);
        Inverse(ref c, ref g, w1, p, inverse, rounder);
        Inverse(ref d, ref h, w1, p, inverse, rounder);
        T.Store(x, a);
        T.Store(x + stride, b);
        T.Store(x + 2 * stride, c);
        T.Store(x + 3 * stride, d);
        T.Store(x + 4 * stride, e);
        T.Store(x + 5 * stride, f);
        T.Store(x + 6 * stride, g);
        T.Store(x + 7 * stride, h);
    }

    /// <summary>(u, v) := (u + v*w, u - v*w).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward(ref T u, ref T v, T w, T p, T inverse, T rounder)
    {
        T product = Residue<T>.Multiply(v, w, p, inverse, rounder);
        v = u - product;
        u += product;
    }

    /// <summary>(u, v) := (u + v, (u - v)*w).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inverse(ref T u, ref T v, T w, T p, T inverse, T rounder)
    {
        T difference = u - v;
        u += v;
        v = Residue<T>.Multiply(difference, w, p, inverse, rounder);
    }
}
