using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>The path with AVX-512: tiles of 8 x 48, whose 24 sums stay in registers.</summary>
public static partial class FloatMatrix
{
    internal static void AddVector512(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, bool transposeA, bool transposeB) =>
        TileWalk<Vector512Tile>.Add(m, n, k, a, b, c, transposeA, transposeB);

    private readonly struct Vector512Tile : ITileKernel
    {
        public static int Rows => 8;
        public static int Columns => 48;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static unsafe void Add(int k, float* a, float* b, float* c, nint stride)
        {
            Vector512<float> c00 = Vector512<float>.Zero, c01 = Vector512<float>.Zero, c02 = Vector512<float>.Zero;
            Vector512<float> c10 = Vector512<float>.Zero, c11 = Vector512<float>.Zero, c12 = Vector512<float>.Zero;
            Vector512<float> c20 = Vector512<float>.Zero, c21 = Vector512<float>.Zero, c22 = Vector512<float>.Zero;
            Vector512<float> c30 = Vector512<float>.Zero, c31 = Vector512<float>.Zero, c32 = Vector512<float>.Zero;
            Vector512<float> c40 = Vector512<float>.Zero, c41 = Vector512<float>.Zero, c42 = Vector512<float>.Zero;
            Vector512<float> c50 = Vector512<float>.Zero, c51 = Vector512<float>.Zero, c52 = Vector512<float>.Zero;
            Vector512<float> c60 = Vector512<float>.Zero, c61 = Vector512<float>.Zero, c62 = Vector512<float>.Zero;
            Vector512<float> c70 = Vector512<float>.Zero, c71 = Vector512<float>.Zero, c72 = Vector512<float>.Zero;
            for (; k > 0; k--, a += 8, b += 48)
            {
                Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), b2 = Vector512.Load(b + 32);
                Vector512<float> factor = Vector512.Create(a[0]);
                c00 = Avx512F.FusedMultiplyAdd(factor, b0, c00);
                c01 = Avx512F.FusedMultiplyAdd(factor, b1, c01);
                c02 = Avx512F.FusedMultiplyAdd(factor, b2, c02);
                factor = Vector512.Create(a[1]);
                c10 = Avx512F.FusedMultiplyAdd(factor, b0, c10);
                c11 = Avx512F.FusedMultiplyAdd(factor, b1, c11);
                c12 = Avx512F.FusedMultiplyAdd(factor, b2, c12);
                factor = Vector512.Create(a[2]);
                c20 = Avx512F.FusedMultiplyAdd(factor, b0, c20);
                c21 = Avx512F.FusedMultiplyAdd(factor, b1, c21);
                c22 = Avx512F.FusedMultiplyAdd(factor, b2, c22);
                factor = Vector512.Create(a[3]);
                c30 = Avx512F.FusedMultiplyAdd(factor, b0, c30);
                c31 = Avx512F.FusedMultiplyAdd(factor, b1, c31);
                c32 = Avx512F.FusedMultiplyAdd(factor, b2, c32);
                factor = Vector512.Create(a[4]);
                c40 = Avx512F.FusedMultiplyAdd(factor, b0, c40);
                c41 = Avx512F.FusedMultiplyAdd(factor, b1, c41);
                c42 = Avx512F.FusedMultiplyAdd(factor, b2, c42);
                factor = Vector512.Create(a[5]);
                c50 = Avx512F.FusedMultiplyAdd(factor, b0, c50);
                c51 = Avx512F.FusedMultiplyAdd(factor, b1, c51);
                c52 = Avx512F.FusedMultiplyAdd(factor, b2, c52);
                factor = Vector512.Create(a[6]);
                c60 = Avx512F.FusedMultiplyAdd(factor, b0, c60);
                c61 = Avx512F.FusedMultiplyAdd(factor, b1, c61);
                c62 = Avx512F.FusedMultiplyAdd(factor, b2, c62);
                factor = Vector512.Create(a[7]);
                c70 = Avx512F.FusedMultiplyAdd(factor, b0, c70);
                c71 = Avx512F.FusedMultiplyAdd(factor, b1, c71);
                c72 = Avx512F.FusedMultiplyAdd(factor, b2, c72);
            }
            Store(c00, c01, c02, c);
            Store(c10, c11, c12, c + stride);
            Store(c20, c21, c22, c + 2 * stride);
            Store(c30, c31, c32, c + 3 * stride);
            Store(c40, c41, c42, c + 4 * stride);
            Store(c50, c51, c52, c + 5 * stride);
            Store(c60, c61, c62, c + 6 * stride);
            Store(c70, c71, c72, c + 7 * stride);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static unsafe void Store(Vector512<float> sum0, Vector512<float> sum1, Vector512<float> sum2, float* c)
        {
            (Vector512.Load(c) + sum0).Store(c);
            (Vector512.Load(c + 16) + sum1).Store(c + 16);
            (Vector512.Load(c + 32) + sum2).Store(c + 32);
        }
    }
}
