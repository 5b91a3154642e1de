using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>The path with AVX and FMA: tiles of 4 x 24, whose 12 sums stay in registers.</summary>
public static partial class FloatMatrix
{
    internal static void AddVector256(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, bool transposeA, bool transposeB) =>
        TileWalk<Vector256Tile>.Add(m, n, k, a, b, c, transposeA, transposeB);

    private readonly struct Vector256Tile : ITileKernel
    {
        public static int Rows => 4;
        public static int Columns => 24;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static unsafe void Add(int k, float* a, float* b, float* c, nint stride)
        {
            Vector256<float> c00 = Vector256<float>.Zero, c01 = Vector256<float>.Zero, c02 = Vector256<float>.Zero;
            Vector256<float> c10 = Vector256<float>.Zero, c11 = Vector256<float>.Zero, c12 = Vector256<float>.Zero;
            Vector256<float> c20 = Vector256<float>.Zero, c21 = Vector256<float>.Zero, c22 = Vector256<float>.Zero;
            Vector256<float> c30 = Vector256<float>.Zero, c31 = Vector256<float>.Zero, c32 = Vector256<float>.Zero;
            for (; k > 0; k--, a += 4, b += 24)
            {
                Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8), b2 = Vector256.Load(b + 16);
                Vector256<float> factor = Vector256.Create(a[0]);
                c00 = Fma.MultiplyAdd(factor, b0, c00);
                c01 = Fma.MultiplyAdd(factor, b1, c01);
                c02 = Fma.MultiplyAdd(factor, b2, c02);
                factor = Vector256.Create(a[1]);
                c10 = Fma.MultiplyAdd(factor, b0, c10);
                c11 = Fma.MultiplyAdd(factor, b1, c11);
                c12 = Fma.MultiplyAdd(factor, b2, c12);
                factor = Vector256.Create(a[2]);
                c20 = Fma.MultiplyAdd(factor, b0, c20);
                c21 = Fma.MultiplyAdd(factor, b1, c21);
                c22 = Fma.MultiplyAdd(factor, b2, c22);
                factor = Vector256.Create(a[3]);
                c30 = Fma.MultiplyAdd(factor, b0, c30);
                c31 = Fma.MultiplyAdd(factor, b1, c31);
                c32 = Fma.MultiplyAdd(factor, b2, c32);
            }
            Store(c00, c01, c02, c);
            Store(c10, c11, c12, c + stride);
            Store(c20, c21, c22, c + 2 * stride);
            Store(c30, c31, c32, c + 3 * stride);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static unsafe void Store(Vector256<float> sum0, Vector256<float> sum1, Vector256<float> sum2, float* c)
        {
            (Vector256.Load(c) + sum0).Store(c);
            (Vector256.Load(c + 8) + sum1).Store(c + 8);
            (Vector256.Load(c + 16) + sum2).Store(c + 16);
        }
    }
}
