using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Bits;

public static partial class BitPlanes
{
    internal static bool IsVector512Supported => BitMatrix.IsVector512Supported;

    /// <summary>Bit-transposes each 8x8 tile, then collects byte b of every tile into row b.</summary>
    internal static void BytesToRowsVector512(ReadOnlySpan<byte> bytes, Span<ulong> rows)
    {
        Vector512<byte> tiles = BitMatrix.TransposeTiles(MemoryMarshal.Read<Vector512<byte>>(bytes));
        MemoryMarshal.Write(MemoryMarshal.AsBytes(rows), Avx512Vbmi.PermuteVar64x8(tiles, BitMatrix.TransposeBytes8x8));
    }

    internal static void RowsToBytesVector512(ReadOnlySpan<ulong> rows, Span<byte> bytes)
    {
        Vector512<byte> all = MemoryMarshal.Read<Vector512<byte>>(MemoryMarshal.AsBytes(rows));
        MemoryMarshal.Write(bytes, BitMatrix.TransposeTiles(Avx512Vbmi.PermuteVar64x8(all, BitMatrix.TransposeBytes8x8)));
    }
}
