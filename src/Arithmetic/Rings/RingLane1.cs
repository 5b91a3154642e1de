using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Rings;

/// <summary>One element: the portable path.</summary>
internal readonly unsafe struct RingLane1(uint value) : IRingLane<RingLane1>
{
    private readonly uint _value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane1 Load(uint* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane1 LoadSigned(short* from) => new((uint)*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(uint* to, RingLane1 value) => *to = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane1 Broadcast(uint value) => new(value);

    public static uint Sum(RingLane1 value) => value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane1 operator +(RingLane1 x, RingLane1 y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingLane1 operator *(RingLane1 x, RingLane1 y) => new(x._value * y._value);
}
