using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>Element-wise arithmetic over one register width; the size is a multiple of 8.</summary>
internal static unsafe class ElementKernel<T> where T : unmanaged, ILane<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAdd(double* x, double* y, double* sum, int size, double modulus)
    {
        Residue<T> ring = new(modulus);
        for (int i = 0; i < size; i += T.Count)
            T.Store(sum + i, ring.Reduce(T.Load(sum + i) + ring.Multiply(T.Load(x + i), T.Load(y + i))));
    }
}
