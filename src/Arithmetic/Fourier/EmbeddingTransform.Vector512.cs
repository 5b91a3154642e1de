using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace Blindsight.Arithmetic.Fourier;

/// <content>AVX-512. Counts are multiples of 8, and the pairs lie within the N elements checked at the public door.</content>
public sealed unsafe partial class EmbeddingTransform
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward512(double* x, int slots, int distance, int count, double* cos, double* sin, int step)
    {
        V c = Vector512.Create(*cos), s = Vector512.Create(*sin);
        for (int i = 0; i < count; i += 8)
        {
            double* u = x + i, v = u + distance;
            if (step == 1) (c, s) = (Vector512.Load(cos + i), Vector512.Load(sin + i));
            V ur = Vector512.Load(u), ui = Vector512.Load(u + slots), vr = Vector512.Load(v), vi = Vector512.Load(v + slots);
            V pr = Avx512F.FusedMultiplySubtract(vr, c, vi * s), pi = Avx512F.FusedMultiplyAdd(vr, s, vi * c);
            (ur + pr).Store(u); (ui + pi).Store(u + slots);
            (ur - pr).Store(v); (ui - pi).Store(v + slots);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inverse512(double* x, int slots, int distance, int count, double* cos, double* sin, int step)
    {
        V c = Vector512.Create(*cos), s = -Vector512.Create(*sin);
        for (int i = 0; i < count; i += 8)
        {
            double* u = x + i, v = u + distance;
            if (step == 1) (c, s) = (Vector512.Load(cos + i), -Vector512.Load(sin + i));
            V ur = Vector512.Load(u), ui = Vector512.Load(u + slots), vr = Vector512.Load(v), vi = Vector512.Load(v + slots);
            (ur + vr).Store(u); (ui + vi).Store(u + slots);
            vr = ur - vr; vi = ui - vi;
            Avx512F.FusedMultiplySubtract(vr, c, vi * s).Store(v); Avx512F.FusedMultiplyAdd(vr, s, vi * c).Store(v + slots);
        }
    }
}
