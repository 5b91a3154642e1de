using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector256<double>;

namespace Blindsight.Arithmetic.Fourier;

/// <content>AVX2 with FMA. Counts are multiples of 8, and the pairs lie within the N elements checked at the public door.</content>
public sealed unsafe partial class EmbeddingTransform
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward256(double* x, int slots, int distance, int count, double* cos, double* sin, int step)
    {
        V c = Vector256.Create(*cos), s = Vector256.Create(*sin);
        for (int i = 0; i < count; i += 4)
        {
            double* u = x + i, v = u + distance;
            if (step == 1) (c, s) = (Vector256.Load(cos + i), Vector256.Load(sin + i));
            V ur = Vector256.Load(u), ui = Vector256.Load(u + slots), vr = Vector256.Load(v), vi = Vector256.Load(v + slots);
            V pr = Fma.MultiplySubtract(vr, c, vi * s), pi = Fma.MultiplyAdd(vr, s, vi * c);
            (ur + pr).Store(u); (ui + pi).Store(u + slots);
            (ur - pr).Store(v); (ui - pi).Store(v + slots);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inverse256(double* x, int slots, int distance, int count, double* cos, double* sin, int step)
    {
        V c = Vector256.Create(*cos), s = -Vector256.Create(*sin);
        for (int i = 0; i < count; i += 4)
        {
            double* u = x + i, v = u + distance;
            if (step == 1) (c, s) = (Vector256.Load(cos + i), -Vector256.Load(sin + i));
            V ur = Vector256.Load(u), ui = Vector256.Load(u + slots), vr = Vector256.Load(v), vi = Vector256.Load(v + slots);
            (ur + vr).Store(u); (ui + vi).Store(u + slots);
            vr = ur - vr; vi = ui - vi;
            Fma.MultiplySubtract(vr, c, vi * s).Store(v); Fma.MultiplyAdd(vr, s, vi * c).Store(v + slots);
        }
    }
}
