using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Rings;

/// <summary>Eight elements with AVX2.</summary>
internal readonly unsafe struct RingLane8(Vector256<uint> value) : IRingLane<RingLane8>
{
    private readonly Vector256<uint> _value = value;

    public static bool IsSupported => Avx2.IsSupported;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane8 Load(uint* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane8 LoadSigned(short* from) => new(Avx2.ConvertToVector256Int32(from).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(uint* to, RingLane8 value) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane8 Broadcast(uint value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Sum(RingLane8 value) => Vector256.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane8 operator +(RingLane8 x, RingLane8 y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane8 operator *(RingLane8 x, RingLane8 y) => new(x._value * y._value);
}
