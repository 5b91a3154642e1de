using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Bits;

/// <summary>
/// Transposes a matrix of 128 bit columns into blocks of 128 bits: bit j of block i is bit i of column j (bits counted
/// from the lowest of each byte). AVX-512 with GFNI, AVX2 and scalar paths; constant time.
/// </summary>
public static partial class BitMatrix
{
    /// <summary>Columns of the matrix, which are bits of a block.</summary>
    public const int Columns = 128;

    /// <summary>Fills <paramref name="blocks"/>; the columns hold at least that many bits, in whole groups of
    /// 128.</summary>
    /// <param name="matrix">128 columns one after the other.</param>
    /// <param name="columnBytes">Bytes of one column, a multiple of 16.</param>
    /// <param name="blocks">The output; no overlap with the matrix.</param>
    /// <param name="scratch">128 blocks for the last, partial group; overwritten.</param>
    public static void ColumnsToBlocks(
        ReadOnlySpan<byte> matrix, int columnBytes, Span<Vector128<byte>> blocks, Span<Vector128<byte>> scratch)
    {
        if (columnBytes % 16 != 0 || matrix.Length != Columns * columnBytes)
            throw new ArgumentException("128 columns in whole groups of 128 bits are needed.", nameof(matrix));
        if (blocks.Length > columnBytes * 8) throw new ArgumentException("More blocks than bits.", nameof(blocks));
        if (scratch.Length < Columns) throw new ArgumentException("The scratch holds 128 blocks.", nameof(scratch));
        int whole = blocks.Length / Columns;
        Transpose(matrix, columnBytes, 0, blocks[..(whole * Columns)]);
        Span<Vector128<byte>> rest = blocks[(whole * Columns)..];
        if (rest.IsEmpty) return;
        Transpose(matrix, columnBytes, whole * 16, scratch[..Columns]);
        scratch[..rest.Length].CopyTo(rest);
    }

    /// <summary>Transposes from byte <paramref name="fromByte"/> of each column on; whole groups of 128
    /// blocks.</summary>
    private static void Transpose(
        ReadOnlySpan<byte> matrix, int columnBytes, int fromByte, Span<Vector128<byte>> blocks)
    {
        if (IsVector512Supported) TransposeVector512(matrix, columnBytes, fromByte, blocks);
        else if (Avx2.IsSupported) TransposeVector256(matrix, columnBytes, fromByte, blocks);
        else TransposeScalar(matrix, columnBytes, fromByte, blocks);
    }

    internal static void TransposeScalar(
        ReadOnlySpan<byte> matrix, int columnBytes, int fromByte, Span<Vector128<byte>> blocks)
    {
        Span<byte> output = MemoryMarshal.AsBytes(blocks);
        for (int b = 0; b < blocks.Length / 8; b++)
            for (int g = 0; g < Columns / 8; g++)
            {
                ulong tile = 0;
                for (int k = 0; k < 8; k++) tile |= (ulong)matrix[(8 * g + k) * columnBytes + fromByte + b] << (8 * k);
                tile = Transpose8x8(tile);
                for (int k = 0; k < 8; k++) output[(8 * b + k) * 16 + g] = (byte)(tile >> (8 * k));
            }
    }

    /// <summary>Exchanges bit i of byte j with bit j of byte i (Hacker's Delight, section 7-3).</summary>
    internal static ulong Transpose8x8(ulong x)
    {
        ulong t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAUL;
        x ^= t ^ (t << 7);
        t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCUL;
        x ^= t ^ (t << 14);
        t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0UL;
        return x ^ t ^ (t << 28);
    }
}
