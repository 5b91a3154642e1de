using System.Numerics;
using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Bits;

/// <summary>
/// Turns numbers into bit planes and back, for logic on 64 numbers at a time: plane b holds bit b of every number,
/// number i being bit i mod 64 of word i / 64. AVX-512 with GFNI and scalar paths; constant time.
/// </summary>
public static partial class BitPlanes
{
    /// <summary>Words of one plane.</summary>
    public static int PlaneWords(int count) => (count + 63) / 64;

    /// <summary>Splits the low <paramref name="bits"/> of each value; unused bits of the last words are zero.</summary>
    /// <typeparam name="T">byte, ushort, uint or ulong.</typeparam>
    /// <param name="values">Higher bits are ignored.</param>
    /// <param name="bits">1 to the width of T.</param>
    /// <param name="planes">bits * PlaneWords(count) words, plane by plane.</param>
    public static void Split<T>(ReadOnlySpan<T> values, int bits, Span<ulong> planes)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int planeWords = Check<T>(values.Length, bits, planes.Length);
        Span<byte> bytes = stackalloc byte[64];
        Span<ulong> rows = stackalloc ulong[8];
        for (int word = 0; word < planeWords; word++)
        {
            ReadOnlySpan<T> some = values.Slice(word * 64, Math.Min(64, values.Length - word * 64));
            for (int low = 0; low < bits; low += 8)
            {
                Gather(some, low, bytes);
                BytesToRows(bytes, rows);
                for (int b = low; b < Math.Min(bits, low + 8); b++) planes[b * planeWords + word] = rows[b - low];
            }
        }
        bytes.Clear();
        rows.Clear();
    }

    /// <summary>The inverse of <see cref="Split"/>: bits above <paramref name="bits"/> are zero.</summary>
    public static void Join<T>(ReadOnlySpan<ulong> planes, int bits, Span<T> values)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int planeWords = Check<T>(values.Length, bits, planes.Length);
        Span<byte> bytes = stackalloc byte[64];
        Span<ulong> rows = stackalloc ulong[8];
        for (int word = 0; word < planeWords; word++)
        {
            Span<T> some = values.Slice(word * 64, Math.Min(64, values.Length - word * 64));
            some.Clear();
            for (int low = 0; low < bits; low += 8)
            {
                rows.Clear();
                for (int b = low; b < Math.Min(bits, low + 8); b++) rows[b - low] = planes[b * planeWords + word];
                RowsToBytes(rows, bytes);
                for (int i = 0; i < some.Length; i++) some[i] |= T.CreateTruncating((ulong)bytes[i] << low);
            }
        }
        bytes.Clear();
        rows.Clear();
    }

    private static void Gather<T>(ReadOnlySpan<T> some, int low, Span<byte> bytes)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        if (some.Length < 64) bytes.Clear();
        for (int i = 0; i < some.Length; i++) bytes[i] = byte.CreateTruncating(some[i] >> low);
    }

    /// <summary>Row b gets bit b of each of the 64 bytes.</summary>
    private static void BytesToRows(ReadOnlySpan<byte> bytes, Span<ulong> rows)
    {
        if (IsVector512Supported) BytesToRowsVector512(bytes, rows);
        else BytesToRowsScalar(bytes, rows);
    }

    private static void RowsToBytes(ReadOnlySpan<ulong> rows, Span<byte> bytes)
    {
        if (IsVector512Supported) RowsToBytesVector512(rows, bytes);
        else RowsToBytesScalar(rows, bytes);
    }

    internal static void BytesToRowsScalar(ReadOnlySpan<byte> bytes, Span<ulong> rows)
    {
        rows[..8].Clear();
        for (int i = 0; i < 8; i++)
        {
            ulong tile = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]);
            tile = BitMatrix.Transpose8x8(tile);
            for (int b = 0; b < 8; b++) rows[b] |= (tile >> (8 * b) & 0xff) << (8 * i);
        }
    }

    internal static void RowsToBytesScalar(ReadOnlySpan<ulong> rows, Span<byte> bytes)
    {
        for (int i = 0; i < 8; i++)
        {
            ulong tile = 0;
            for (int b = 0; b < 8; b++) tile |= (rows[b] >> (8 * i) & 0xff) << (8 * b);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[(8 * i)..], BitMatrix.Transpose8x8(tile));
        }
    }

    private static int Check<T>(int count, int bits, int planesLength)
    {
        if (bits < 1 || bits > 8 * Unsafe.SizeOf<T>())
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "The width is 1 to that of the type.");
        int planeWords = PlaneWords(count);
        if (planesLength != bits * planeWords)
            throw new ArgumentException($"{bits} planes of {planeWords} words are needed.");
        return planeWords;
    }
}
