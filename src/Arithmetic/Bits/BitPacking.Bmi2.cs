using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Bits;

/// <summary>
/// The path with PEXT and PDEP: a word of 8 bytes holds 8, 4, 2 or 1 numbers, which one instruction squeezes into
/// lanes * bits bits, or spreads again.
/// </summary>
public static partial class BitPacking
{
    internal static bool IsBmi2Supported => Bmi2.X64.IsSupported && BitConverter.IsLittleEndian;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackBmi2<T>(ReadOnlySpan<T> values, int bits, Span<byte> packed)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int lanes = 8 / Unsafe.SizeOf<T>(), width = lanes * bits;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<T, ulong>(values);
        ulong mask = LaneMask<T>(bits), pending = 0;
        int filled = 0, at = 0;
        foreach (ulong word in words)
        {
            ulong value = Bmi2.X64.ParallelBitExtract(word, mask);
            pending |= value << filled;
            filled += width;
            if (filled < 64) continue;
            BinaryPrimitives.WriteUInt64LittleEndian(packed[at..], pending);
            at += 8;
            filled -= 64;
            pending = filled == 0 ? 0 : value >> (width - filled);
        }
        for (; filled >= 8; filled -= 8, pending >>= 8) packed[at++] = (byte)pending;
        PackScalar(values, bits, packed, words.Length * lanes, pending);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void UnpackBmi2<T>(ReadOnlySpan<byte> packed, int bits, Span<T> values)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int lanes = 8 / Unsafe.SizeOf<T>(), width = lanes * bits;
        Span<ulong> words = MemoryMarshal.Cast<T, ulong>(values);
        ulong mask = LaneMask<T>(bits);
        int i = 0;
        long bit = 0;
        // Each step reads nine bytes, enough for 64 bits at any offset in the first; the scalar path does the end.
        for (; i < words.Length && (int)(bit >> 3) + 9 <= packed.Length; i++, bit += width)
        {
            ReadOnlySpan<byte> nine = packed.Slice((int)(bit >> 3), 9);
            int shift = (int)(bit & 7);
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(nine) >> shift | ((ulong)nine[8] << 1) << (63 - shift);
            words[i] = Bmi2.X64.ParallelBitDeposit(value, mask);
        }
        UnpackScalar(packed, bits, values, i * lanes);
    }

    private static ulong LaneMask<T>(int bits)
    {
        ulong mask = Mask(bits);
        for (int width = 8 * Unsafe.SizeOf<T>(); width < 64; width *= 2) mask |= mask << width;
        return mask;
    }
}
