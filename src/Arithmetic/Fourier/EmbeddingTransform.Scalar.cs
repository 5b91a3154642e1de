using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Fourier;

/// <content>The scalar twin: the same roundings as the vector paths.</content>
public sealed unsafe partial class EmbeddingTransform
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ButterfliesScalar(
        double* x, int slots, int distance, int count, double* cos, double* sin, int step, bool inverse)
    {
        for (int i = 0; i < count; i++)
        {
            double* u = x + i, v = u + distance;
            double c = cos[i * step], s = inverse ? -sin[i * step] : sin[i * step];
            double ur = u[0], ui = u[slots], vr = v[0], vi = v[slots];
            if (inverse)
            {
                (u[0], u[slots]) = (ur + vr, ui + vi);
                (vr, vi) = (ur - vr, ui - vi);
            }
            double pr = Math.FusedMultiplyAdd(vr, c, -(vi * s)), pi = Math.FusedMultiplyAdd(vr, s, vi * c);
            if (inverse) (v[0], v[slots]) = (pr, pi);
            else (u[0], u[slots], v[0], v[slots]) = (ur + pr, ui + pi, ur - pr, ui - pi);
        }
    }
}
