using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>The path with AVX and FMA: products in tiles of 4 x 24, sums in tiles of 2 rows and 4 shifts.</summary>
public static partial class ShiftedProduct
{
    internal static void MultiplyVector256(
        int m, int n, ReadOnlySpan<float> a, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c) =>
        ShiftedWalk<Vector256Tile>.Multiply(m, n, a, offsets, x, c);

    internal static void AddSumsVector256(
        int m, int n, ReadOnlySpan<float> y, int stride, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c) =>
        ShiftedWalk<Vector256Tile>.AddSums(m, n, y, stride, offsets, x, c);

    private readonly unsafe struct Vector256Tile : IShiftedKernel
    {
        public static int Rows => 4;
        public static int Columns => 24;
        public static int SumRows => 2;
        public static int SumShifts => 4;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Multiply(int k, float* a, float* x, int* offsets, float* c, nint stride)
        {
            Vector256<float> c00 = Vector256<float>.Zero, c01 = Vector256<float>.Zero, c02 = Vector256<float>.Zero;
            Vector256<float> c10 = Vector256<float>.Zero, c11 = Vector256<float>.Zero, c12 = Vector256<float>.Zero;
            Vector256<float> c20 = Vector256<float>.Zero, c21 = Vector256<float>.Zero, c22 = Vector256<float>.Zero;
            Vector256<float> c30 = Vector256<float>.Zero, c31 = Vector256<float>.Zero, c32 = Vector256<float>.Zero;
            for (int p = 0; p < k; p++, a += 4)
            {
                float* b = x + offsets[p];
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

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Sum(int n, float* y, nint stride, float* x, int* offsets, float* sums)
        {
            Vector256<float> s00 = Vector256<float>.Zero, s01 = Vector256<float>.Zero, s02 = Vector256<float>.Zero, s03 = Vector256<float>.Zero;
            Vector256<float> s10 = Vector256<float>.Zero, s11 = Vector256<float>.Zero, s12 = Vector256<float>.Zero, s13 = Vector256<float>.Zero;
            float* x0 = x + offsets[0], x1 = x + offsets[1], x2 = x + offsets[2], x3 = x + offsets[3];
            float* y0 = y, y1 = y0 + stride;
            int j = 0;
            for (; j + 8 <= n; j += 8)
            {
                Vector256<float> b0 = Vector256.Load(x0 + j), b1 = Vector256.Load(x1 + j), b2 = Vector256.Load(x2 + j), b3 = Vector256.Load(x3 + j);
                Vector256<float> factor = Vector256.Load(y0 + j);
                s00 = Fma.MultiplyAdd(factor, b0, s00);
                s01 = Fma.MultiplyAdd(factor, b1, s01);
                s02 = Fma.MultiplyAdd(factor, b2, s02);
                s03 = Fma.MultiplyAdd(factor, b3, s03);
                factor = Vector256.Load(y1 + j);
                s10 = Fma.MultiplyAdd(factor, b0, s10);
                s11 = Fma.MultiplyAdd(factor, b1, s11);
                s12 = Fma.MultiplyAdd(factor, b2, s12);
                s13 = Fma.MultiplyAdd(factor, b3, s13);
            }
            sums[0] = Vector256.Sum(s00);
            sums[2] = Vector256.Sum(s01);
            sums[4] = Vector256.Sum(s02);
            sums[6] = Vector256.Sum(s03);
            sums[1] = Vector256.Sum(s10);
            sums[3] = Vector256.Sum(s11);
            sums[5] = Vector256.Sum(s12);
            sums[7] = Vector256.Sum(s13);
            for (; j < n; j++)
                for (int row = 0; row < SumRows; row++)
                    for (int p = 0; p < SumShifts; p++) sums[p * SumRows + row] += y[row * stride + j] * x[offsets[p] + j];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector256<float> sum0, Vector256<float> sum1, Vector256<float> sum2, float* c)
        {
            sum0.Store(c);
            sum1.Store(c + 8);
            sum2.Store(c + 16);
        }
    }
}
