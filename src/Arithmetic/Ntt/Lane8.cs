using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>Eight doubles with AVX-512.</summary>
internal readonly unsafe struct Lane8(Vector512<double> value) : ILane<Lane8>
{
    private readonly Vector512<double> _value = value;

    public static bool IsSupported => Avx512DQ.IsSupported;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 Load(double* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* to, Lane8 value) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 Broadcast(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 operator +(Lane8 x, Lane8 y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 operator -(Lane8 x, Lane8 y) => new(x._value - y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 operator *(Lane8 x, Lane8 y) => new(x._value * y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 MultiplyAdd(Lane8 x, Lane8 y, Lane8 z) =>
        new(Avx512F.FusedMultiplyAdd(x._value, y._value, z._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 MultiplySubtract(Lane8 x, Lane8 y, Lane8 z) =>
        new(Avx512F.FusedMultiplySubtract(x._value, y._value, z._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane8 NegatedMultiplyAdd(Lane8 x, Lane8 y, Lane8 z) =>
        new(Avx512F.FusedMultiplyAddNegated(x._value, y._value, z._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(double* block)
    {
        Vector512<double> a = Vector512.Load(block), b = Vector512.Load(block + 8);
        Vector512<double> c = Vector512.Load(block + 16), d = Vector512.Load(block + 24);
        Vector512<double> e = Vector512.Load(block + 32), f = Vector512.Load(block + 40);
        Vector512<double> g = Vector512.Load(block + 48), h = Vector512.Load(block + 56);
        Vector512<double> ab0 = Avx512F.UnpackLow(a, b), ab1 = Avx512F.UnpackHigh(a, b);
        Vector512<double> cd0 = Avx512F.UnpackLow(c, d), cd1 = Avx512F.UnpackHigh(c, d);
        Vector512<double> ef0 = Avx512F.UnpackLow(e, f), ef1 = Avx512F.UnpackHigh(e, f);
        Vector512<double> gh0 = Avx512F.UnpackLow(g, h), gh1 = Avx512F.UnpackHigh(g, h);
        FourRows(block, ab0, cd0, ef0, gh0);
        FourRows(block + 8, ab1, cd1, ef1, gh1);
    }

    /// <summary>From pairs of 128-bit columns of four row pairs, rows 0, 2, 4 and 6 of the transposed block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows(
        double* to, Vector512<double> ab, Vector512<double> cd, Vector512<double> ef, Vector512<double> gh)
    {
        Vector512<double> lowAbcd = Avx512F.Shuffle4x128(ab, cd, 0x88), highAbcd = Avx512F.Shuffle4x128(ab, cd, 0xdd);
        Vector512<double> lowEfgh = Avx512F.Shuffle4x128(ef, gh, 0x88), highEfgh = Avx512F.Shuffle4x128(ef, gh, 0xdd);
        // lowAbcd holds, in 128-bit pieces, columns 0 and 4 of ab, then of cd; highAbcd columns 2 and 6.
        Avx512F.Shuffle4x128(lowAbcd, lowEfgh, 0x88).Store(to);
        Avx512F.Shuffle4x128(highAbcd, highEfgh, 0x88).Store(to + 16);
        Avx512F.Shuffle4x128(lowAbcd, lowEfgh, 0xdd).Store(to + 32);
        Avx512F.Shuffle4x128(highAbcd, highEfgh, 0xdd).Store(to + 48);
    }
}
