using System.Numerics;
using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Bits;

/// <summary>
/// Packs numbers of 1 to 64 bits into a stream without gaps: number i occupies bits i*bits to (i+1)*bits - 1, bits
/// counted from the lowest of each byte. BMI2 and scalar paths; time depends on lengths and width only.
/// </summary>
public static partial class BitPacking
{
    /// <summary>Length of the stream in bytes.</summary>
    public static int PackedBytes(int count, int bits) => checked((int)(((long)count * bits + 7) / 8));

    /// <summary>Packs the low <paramref name="bits"/> of each value; the unused bits of the last byte are
    /// zero.</summary>
    /// <typeparam name="T">byte, ushort, uint or ulong.</typeparam>
    /// <param name="values">Higher bits are ignored.</param>
    /// <param name="bits">1 to the width of T.</param>
    /// <param name="packed">Exactly <see cref="PackedBytes"/>; no overlap with the values.</param>
    public static void Pack<T>(ReadOnlySpan<T> values, int bits, Span<byte> packed)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        Check<T>(values.Length, bits, packed.Length);
        if (IsBmi2Supported) PackBmi2(values, bits, packed);
        else PackScalar(values, bits, packed, 0, 0);
    }

    /// <summary>
    /// The inverse of <see cref="Pack"/>. Returns whether the unused bits of the last byte are zero, as they must be in
    /// a well-formed stream; the values are written in either case.
    /// </summary>
    public static bool Unpack<T>(ReadOnlySpan<byte> packed, int bits, Span<T> values)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        Check<T>(values.Length, bits, packed.Length);
        if (IsBmi2Supported) UnpackBmi2(packed, bits, values);
        else UnpackScalar(packed, bits, values, 0);
        int used = (int)((long)values.Length * bits % 8);
        return used == 0 || packed[^1] >> used == 0;
    }

    /// <summary>Packs from value <paramref name="from"/> on; <paramref name="pending"/> holds the bits of the byte
    /// begun.</summary>
    internal static void PackScalar<T>(ReadOnlySpan<T> values, int bits, Span<byte> packed, int from, ulong pending)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int at = (int)((long)from * bits / 8), filled = (int)((long)from * bits % 8);
        for (int i = from; i < values.Length; i++)
        {
            ulong value = ulong.CreateTruncating(values[i]) & Mask(bits);
            UInt128 both = pending | ((UInt128)value << filled);
            for (filled += bits; filled >= 8; filled -= 8, both >>= 8) packed[at++] = (byte)both;
            pending = (ulong)both;
        }
        if (filled > 0) packed[at] = (byte)pending;
    }

    internal static void UnpackScalar<T>(ReadOnlySpan<byte> packed, int bits, Span<T> values, int from)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int at = (int)((long)from * bits / 8), held = 0, skip = (int)((long)from * bits % 8);
        UInt128 pending = 0;
        for (int i = from; i < values.Length; i++)
        {
            for (; held < bits + skip; held += 8) pending |= (UInt128)packed[at++] << held;
            values[i] = T.CreateTruncating((ulong)(pending >> skip) & Mask(bits));
            pending >>= bits + skip;
            held -= bits + skip;
            skip = 0;
        }
    }

    /// <summary>The low <paramref name="bits"/> set; 1 to 64.</summary>
    public static ulong Mask(int bits) => ulong.MaxValue >> (64 - bits);

    private static void Check<T>(int count, int bits, int packedBytes)
    {
        if (bits < 1 || bits > 8 * Unsafe.SizeOf<T>())
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "The width is 1 to that of the type.");
        if (packedBytes != PackedBytes(count, bits))
            throw new ArgumentException($"The stream has {packedBytes} bytes, not {PackedBytes(count, bits)}.");
    }
}
