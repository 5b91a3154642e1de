using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Bits;

/// <summary>
/// The path with AVX-512 and GFNI. 64 bits of 128 columns are 16 registers of eight columns each; a byte permutation
/// and one affine transformation turn each into 64 bytes, and a 16 x 16 byte transposition in every 128-bit lane makes
/// blocks.
/// </summary>
public static partial class BitMatrix
{
    private const int StepBits = 64, WideStepBits = 512;

    internal static bool IsVector512Supported =>
        Gfni.V512.IsSupported && Avx512Vbmi.IsSupported && Avx512BW.IsSupported && Avx512F.IsSupported;

    /// <summary>The permutation that exchanges byte i of word j with byte j of word i.</summary>
    internal static Vector512<byte> TransposeBytes8x8 => Vector512.Create(
        (byte)0, 8, 16, 24, 32, 40, 48, 56, 1, 9, 17, 25, 33, 41, 49, 57, 2, 10, 18, 26, 34, 42, 50, 58,
        3, 11, 19, 27, 35, 43, 51, 59, 4, 12, 20, 28, 36, 44, 52, 60, 5, 13, 21, 29, 37, 45, 53, 61,
        6, 14, 22, 30, 38, 46, 54, 62, 7, 15, 23, 31, 39, 47, 55, 63);

    /// <summary>
    /// Transposes the 8x8 bits of every 64-bit word: as the matrix of an affine map over GF(2), applied to unit
    /// vectors. The map's row for output bit b is byte 7 - b, hence the reversal of the bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<byte> TransposeTiles(Vector512<byte> tiles)
    {
        Vector512<byte> reverse = Vector512.Create(
            Vector256.Create(Reverse, Reverse), Vector256.Create(Reverse, Reverse));
        Vector512<byte> unit = Vector512.Create(0x8040201008040201UL).AsByte();
        return Gfni.V512.GaloisFieldAffineTransform(unit, Avx512BW.Shuffle(tiles, reverse), 0);
    }

    private static Vector128<byte> Reverse =>
        Vector128.Create((byte)7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void TransposeVector512(
        ReadOnlySpan<byte> matrix, int columnBytes, int fromByte, Span<Vector128<byte>> blocks)
    {
        Vector512<byte>* rows = stackalloc Vector512<byte>[8 * 16];
        int done = 0;
        // In bounds: fromByte + blocks.Length / 8 <= columnBytes and the matrix holds 128 columns, checked at the door;
        // blocks come in whole groups of 128, of which a step takes 512 or 64.
        fixed (byte* source = matrix)
        fixed (Vector128<byte>* output = blocks)
        {
            for (; done + WideStepBits <= blocks.Length; done += WideStepBits)
                TransposeWide(source + fromByte + done / 8, columnBytes, rows, output + done);
            for (; done < blocks.Length; done += StepBits)
            {
                byte* from = source + fromByte + done / 8;
                for (int g = 0; g < 16; g++, from += 8 * (nint)columnBytes)
                    rows[g] = TransposeTiles(Avx512Vbmi.PermuteVar64x8(Load(from, columnBytes), TransposeBytes8x8));
                TransposeLanes(rows, output + done, 16);
            }
        }
    }

    /// <summary>
    /// 512 bits of each column, read as whole registers. Interleaving bytes, pairs and fours of eight columns puts the tile of
    /// column byte 16 l + 2 r + i into word i of lane l of register r; the columns enter in reverse, as the affine map wants.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void TransposeWide(
        byte* from, nint columnBytes, Vector512<byte>* rows, Vector128<byte>* output)
    {
        Vector512<byte> unit = Vector512.Create(0x8040201008040201UL).AsByte();
        Vector512<byte>* tiles = stackalloc Vector512<byte>[8];
        for (int g = 0; g < 16; g++, from += 8 * columnBytes)
        {
            InterleaveColumns(from, columnBytes, tiles);
            for (int r = 0; r < 8; r++)
                rows[16 * r + g] = Gfni.V512.GaloisFieldAffineTransform(unit, tiles[r], 0);
        }
        for (int r = 0; r < 8; r++) TransposeLanes(rows + 16 * r, output + 16 * r, 128);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void InterleaveColumns(byte* from, nint columnBytes, Vector512<byte>* tiles)
    {
        Vector512<byte> c7 = Vector512.Load(from), c6 = Vector512.Load(from + columnBytes);
        Vector512<byte> c5 = Vector512.Load(from + 2 * columnBytes), c4 = Vector512.Load(from + 3 * columnBytes);
        Vector512<byte> c3 = Vector512.Load(from + 4 * columnBytes), c2 = Vector512.Load(from + 5 * columnBytes);
        Vector512<byte> c1 = Vector512.Load(from + 6 * columnBytes), c0 = Vector512.Load(from + 7 * columnBytes);
        Vector512<short> low01 = Avx512BW.UnpackLow(c0, c1).AsInt16(), high01 = Avx512BW.UnpackHigh(c0, c1).AsInt16();
        Vector512<short> low23 = Avx512BW.UnpackLow(c2, c3).AsInt16(), high23 = Avx512BW.UnpackHigh(c2, c3).AsInt16();
        Vector512<short> low45 = Avx512BW.UnpackLow(c4, c5).AsInt16(), high45 = Avx512BW.UnpackHigh(c4, c5).AsInt16();
        Vector512<short> low67 = Avx512BW.UnpackLow(c6, c7).AsInt16(), high67 = Avx512BW.UnpackHigh(c6, c7).AsInt16();
        Join(Avx512BW.UnpackLow(low01, low23).AsInt32(), Avx512BW.UnpackLow(low45, low67).AsInt32(), tiles);
        Join(Avx512BW.UnpackHigh(low01, low23).AsInt32(), Avx512BW.UnpackHigh(low45, low67).AsInt32(), tiles + 2);
        Join(Avx512BW.UnpackLow(high01, high23).AsInt32(), Avx512BW.UnpackLow(high45, high67).AsInt32(), tiles + 4);
        Join(Avx512BW.UnpackHigh(high01, high23).AsInt32(), Avx512BW.UnpackHigh(high45, high67).AsInt32(), tiles + 6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Join(Vector512<int> first, Vector512<int> second, Vector512<byte>* tiles)
    {
        tiles[0] = Avx512F.UnpackLow(first, second).AsByte();
        tiles[1] = Avx512F.UnpackHigh(first, second).AsByte();
    }

    /// <summary>Eight bytes of each of eight columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector512<byte> Load(byte* from, nint columnBytes) => Vector512.Create(
        *(ulong*)from, *(ulong*)(from + columnBytes), *(ulong*)(from + 2 * columnBytes), *(ulong*)(from + 3 * columnBytes),
        *(ulong*)(from + 4 * columnBytes), *(ulong*)(from + 5 * columnBytes), *(ulong*)(from + 6 * columnBytes),
        *(ulong*)(from + 7 * columnBytes)).AsByte();

    /// <summary>
    /// Lane l of row g holds byte g of sixteen blocks from l * laneStride on: four passes of interleaving, each of which pairs row g
    /// with row g + 8, bring the sixteen bytes of a block together.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void TransposeLanes(Vector512<byte>* rows, Vector128<byte>* output, int laneStride)
    {
        Vector512<byte>* other = stackalloc Vector512<byte>[16];
        for (int pass = 0; pass < 2; pass++)
        {
            Interleave(rows, other);
            Interleave(other, rows);
        }
        for (int p = 0; p < 16; p++)
        {
            output[p] = Avx512F.ExtractVector128(rows[p], 0);
            output[p + laneStride] = Avx512F.ExtractVector128(rows[p], 1);
            output[p + 2 * laneStride] = Avx512F.ExtractVector128(rows[p], 2);
            output[p + 3 * laneStride] = Avx512F.ExtractVector128(rows[p], 3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Interleave(Vector512<byte>* x, Vector512<byte>* y)
    {
        for (int g = 0; g < 8; g++)
        {
            y[2 * g] = Avx512BW.UnpackLow(x[g], x[g + 8]);
            y[2 * g + 1] = Avx512BW.UnpackHigh(x[g], x[g + 8]);
        }
    }
}
