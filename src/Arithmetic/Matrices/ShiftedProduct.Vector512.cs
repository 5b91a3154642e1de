using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Matrices;

/// <summary>The path with AVX-512: products in tiles of 8 x 48, sums in tiles of 4 rows and 6 shifts, 24 registers each.</summary>
public static partial class ShiftedProduct
{
    internal static void MultiplyVector512(
        int m, int n, ReadOnlySpan<float> a, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c) =>
        ShiftedWalk<Vector512Tile>.Multiply(m, n, a, offsets, x, c);

    internal static void AddSumsVector512(
        int m, int n, ReadOnlySpan<float> y, int stride, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c) =>
        ShiftedWalk<Vector512Tile>.AddSums(m, n, y, stride, offsets, x, c);

    private readonly unsafe struct Vector512Tile : IShiftedKernel
    {
        public static int Rows => 8;
        public static int Columns => 48;
        public static int SumRows => 4;
        public static int SumShifts => 6;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Multiply(int k, float* a, float* x, int* offsets, float* c, nint stride)
        {
            Vector512<float> c00 = Vector512<float>.Zero, c01 = Vector512<float>.Zero, c02 = Vector512<float>.Zero;
            Vector512<float> c10 = Vector512<float>.Zero, c11 = Vector512<float>.Zero, c12 = Vector512<float>.Zero;
            Vector512<float> c20 = Vector512<float>.Zero, c21 = Vector512<float>.Zero, c22 = Vector512<float>.Zero;
            Vector512<float> c30 = Vector512<float>.Zero, c31 = Vector512<float>.Zero, c32 = Vector512<float>.Zero;
            Vector512<float> c40 = Vector512<float>.Zero, c41 = Vector512<float>.Zero, c42 = Vector512<float>.Zero;
            Vector512<float> c50 = Vector512<float>.Zero, c51 = Vector512<float>.Zero, c52 = Vector512<float>.Zero;
            Vector512<float> c60 = Vector512<float>.Zero, c61 = Vector512<float>.Zero, c62 = Vector512<float>.Zero;
            Vector512<float> c70 = Vector512<float>.Zero, c71 = Vector512<float>.Zero, c72 = Vector512<float>.Zero;
            for (int p = 0; p < k; p++, a += 8)
            {
                float* b = x + offsets[p];
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

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Sum(int n, float* y, nint stride, float* x, int* offsets, float* sums)
        {
            Vector512<float> s00 = Vector512<float>.Zero, s01 = Vector512<float>.Zero,
                s02 = Vector512<float>.Zero, s03 = Vector512<float>.Zero, s04 = Vector512<float>.Zero, s05 = Vector512<float>.Zero;
            Vector512<float> s10 = Vector512<float>.Zero, s11 = Vector512<float>.Zero,
                s12 = Vector512<float>.Zero, s13 = Vector512<float>.Zero, s14 = Vector512<float>.Zero, s15 = Vector512<float>.Zero;
            Vector512<float> s20 = Vector512<float>.Zero, s21 = Vector512<float>.Zero,
                s22 = Vector512<float>.Zero, s23 = Vector512<float>.Zero, s24 = Vector512<float>.Zero, s25 = Vector512<float>.Zero;
            Vector512<float> s30 = Vector512<float>.Zero, s31 = Vector512<float>.Zero,
                s32 = Vector512<float>.Zero, s33 = Vector512<float>.Zero, s34 = Vector512<float>.Zero, s35 = Vector512<float>.Zero;
            float* x0 = x + offsets[0], x1 = x + offsets[1], x2 = x + offsets[2], x3 = x + offsets[3], x4 = x + offsets[4], x5 = x + offsets[5];
            float* y0 = y, y1 = y0 + stride, y2 = y1 + stride, y3 = y2 + stride;
            int j = 0;
            for (; j + 16 <= n; j += 16)
            {
                Vector512<float> b0 = Vector512.Load(x0 + j), b1 = Vector512.Load(x1 + j),
                    b2 = Vector512.Load(x2 + j), b3 = Vector512.Load(x3 + j), b4 = Vector512.Load(x4 + j), b5 = Vector512.Load(x5 + j);
                Vector512<float> factor = Vector512.Load(y0 + j);
                s00 = Avx512F.FusedMultiplyAdd(factor, b0, s00);
                s01 = Avx512F.FusedMultiplyAdd(factor, b1, s01);
                s02 = Avx512F.FusedMultiplyAdd(factor, b2, s02);
                s03 = Avx512F.FusedMultiplyAdd(factor, b3, s03);
                s04 = Avx512F.FusedMultiplyAdd(factor, b4, s04);
                s05 = Avx512F.FusedMultiplyAdd(factor, b5, s05);
                factor = Vector512.Load(y1 + j);
                s10 = Avx512F.FusedMultiplyAdd(factor, b0, s10);
                s11 = Avx512F.FusedMultiplyAdd(factor, b1, s11);
                s12 = Avx512F.FusedMultiplyAdd(factor, b2, s12);
                s13 = Avx512F.FusedMultiplyAdd(factor, b3, s13);
                s14 = Avx512F.FusedMultiplyAdd(factor, b4, s14);
                s15 = Avx512F.FusedMultiplyAdd(factor, b5, s15);
                factor = Vector512.Load(y2 + j);
                s20 = Avx512F.FusedMultiplyAdd(factor, b0, s20);
                s21 = Avx512F.FusedMultiplyAdd(factor, b1, s21);
                s22 = Avx512F.FusedMultiplyAdd(factor, b2, s22);
                s23 = Avx512F.FusedMultiplyAdd(factor, b3, s23);
                s24 = Avx512F.FusedMultiplyAdd(factor, b4, s24);
                s25 = Avx512F.FusedMultiplyAdd(factor, b5, s25);
                factor = Vector512.Load(y3 + j);
                s30 = Avx512F.FusedMultiplyAdd(factor, b0, s30);
                s31 = Avx512F.FusedMultiplyAdd(factor, b1, s31);
                s32 = Avx512F.FusedMultiplyAdd(factor, b2, s32);
                s33 = Avx512F.FusedMultiplyAdd(factor, b3, s33);
                s34 = Avx512F.FusedMultiplyAdd(factor, b4, s34);
                s35 = Avx512F.FusedMultiplyAdd(factor, b5, s35);
            }
            Totals(s00, s10, s20, s30).Store(sums);
            Totals(s01, s11, s21, s31).Store(sums + 4);
            Totals(s02, s12, s22, s32).Store(sums + 8);
            Totals(s03, s13, s23, s33).Store(sums + 12);
            Totals(s04, s14, s24, s34).Store(sums + 16);
            Totals(s05, s15, s25, s35).Store(sums + 20);
            for (; j < n; j++)
                for (int row = 0; row < SumRows; row++)
                    for (int p = 0; p < SumShifts; p++) sums[p * SumRows + row] += y[row * stride + j] * x[offsets[p] + j];
        }

        /// <summary>The sums of the elements of each of four vectors.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<float> Totals(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
        {
            Vector512<float> ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);
            Vector512<float> cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
            Vector512<float> abcd = Avx512F.Shuffle(ab, cd, 0b01_00_01_00) + Avx512F.Shuffle(ab, cd, 0b11_10_11_10);
            Vector256<float> half = abcd.GetLower() + abcd.GetUpper();
            return half.GetLower() + half.GetUpper();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector512<float> sum0, Vector512<float> sum1, Vector512<float> sum2, float* c)
        {
            sum0.Store(c);
            sum1.Store(c + 16);
            sum2.Store(c + 32);
        }
    }
}
