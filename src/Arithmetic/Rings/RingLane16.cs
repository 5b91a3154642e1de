using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Rings;

/// <summary>Sixteen elements with AVX-512.</summary>
internal readonly unsafe struct RingLane16(Vector512<uint> value) : IRingLane<RingLane16>
{
    private readonly Vector512<uint> _value = value;

    public static bool IsSupported => Avx512F.IsSupported;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane16 Load(uint* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane16 LoadSigned(short* from) => new(Avx512F.ConvertToVector512Int32(Vector256.Load(from)).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(uint* to, RingLane16 value) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane16 Broadcast(uint value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Sum(RingLane16 value) => Vector512.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane16 operator +(RingLane16 x, RingLane16 y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane16 operator *(RingLane16 x, RingLane16 y) => new(x._value * y._value);
}
