using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>Four doubles with AVX2 and FMA.</summary>
internal readonly unsafe struct Lane4(Vector256<double> value) : ILane<Lane4>
{
    private readonly Vector256<double> _value = value;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Load(double* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* to, Lane4 value) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Broadcast(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator +(Lane4 x, Lane4 y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator -(Lane4 x, Lane4 y) => new(x._value - y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 operator *(Lane4 x, Lane4 y) => new(x._value * y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 MultiplyAdd(Lane4 x, Lane4 y, Lane4 z) => new(Fma.MultiplyAdd(x._value, y._value, z._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 MultiplySubtract(Lane4 x, Lane4 y, Lane4 z) =>
        new(Fma.MultiplySubtract(x._value, y._value, z._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 NegatedMultiplyAdd(Lane4 x, Lane4 y, Lane4 z) =>
        new(Fma.MultiplyAddNegated(x._value, y._value, z._value));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(double* block)
    {
        Quarter(block, block);
        Quarter(block + 36, block + 36);
        Quarter(block + 4, block + 32);
    }

    /// <summary>Transposes two 4 x 4 quarters and exchanges them; both may be the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(double* x, double* y)
    {
        (Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d) = Transposed(x);
        (Vector256<double> e, Vector256<double> f, Vector256<double> g, Vector256<double> h) = Transposed(y);
        a.Store(y); b.Store(y + 8); c.Store(y + 16); d.Store(y + 24);
        e.Store(x); f.Store(x + 8); g.Store(x + 16); h.Store(x + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<double>, Vector256<double>, Vector256<double>, Vector256<double>) Transposed(double* x)
    {
        Vector256<double> a = Vector256.Load(x), b = Vector256.Load(x + 8);
        Vector256<double> c = Vector256.Load(x + 16), d = Vector256.Load(x + 24);
        Vector256<double> ab0 = Avx.UnpackLow(a, b), ab1 = Avx.UnpackHigh(a, b);
        Vector256<double> cd0 = Avx.UnpackLow(c, d), cd1 = Avx.UnpackHigh(c, d);
        return (Avx.Permute2x128(ab0, cd0, 0x20), Avx.Permute2x128(ab1, cd1, 0x20),
            Avx.Permute2x128(ab0, cd0, 0x31), Avx.Permute2x128(ab1, cd1, 0x31));
    }
}
