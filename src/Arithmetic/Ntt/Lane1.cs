using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>One double: the portable path, and the twin that the vector paths are compared with.</summary>
internal readonly unsafe struct Lane1(double value) : ILane<Lane1>
{
    private readonly double _value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Load(double* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* to, Lane1 value) => *to = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Broadcast(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator +(Lane1 x, Lane1 y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator -(Lane1 x, Lane1 y) => new(x._value - y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator *(Lane1 x, Lane1 y) => new(x._value * y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 MultiplyAdd(Lane1 x, Lane1 y, Lane1 z) =>
        new(Math.FusedMultiplyAdd(x._value, y._value, z._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 MultiplySubtract(Lane1 x, Lane1 y, Lane1 z) =>
        new(Math.FusedMultiplyAdd(x._value, y._value, -z._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 NegatedMultiplyAdd(Lane1 x, Lane1 y, Lane1 z) =>
        new(Math.FusedMultiplyAdd(-x._value, y._value, z._value));

    public static void Transpose(double* block)
    {
        for (int row = 0; row < 8; row++)
            for (int column = 0; column < row; column++)
                (block[row * 8 + column], block[column * 8 + row]) = (block[column * 8 + row], block[row * 8 + column]);
    }
}
