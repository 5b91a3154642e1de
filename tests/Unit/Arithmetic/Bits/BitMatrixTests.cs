using System.Runtime.Intrinsics.X86;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Arithmetic.Bits;

public sealed class BitMatrixTests
{
    private delegate void Path(ReadOnlySpan<byte> matrix, int columnBytes, int fromByte, Span<Block> blocks);

    [Theory]
    [InlineData("scalar")]
    [InlineData("avx2")]
    [InlineData("avx512")]
    public void Every_path_transposes(string name)
    {
        Path? path = name switch
        {
            "avx2" => Avx2.IsSupported ? BitMatrix.TransposeVector256 : null,
            "avx512" => BitMatrix.IsVector512Supported ? BitMatrix.TransposeVector512 : null,
            _ => BitMatrix.TransposeScalar,
        };
        if (path is null) return;
        foreach (int columnBytes in (int[])[16, 32, 48, 64, 80, 96, 1024])
        {
            byte[] matrix = Random(128 * columnBytes);
            Block[] blocks = new Block[columnBytes * 8 - 128 * (columnBytes > 16 ? 1 : 0)];
            int from = columnBytes > 16 ? 16 : 0;
            path(matrix, columnBytes, from, blocks);
            AssertTransposed(matrix, columnBytes, from, blocks);
        }
    }

    [Fact]
    public void A_partial_group_is_cut_off()
    {
        byte[] matrix = Random(128 * 48);
        Block[] scratch = new Block[128];
        foreach (int count in (int[])[0, 1, 127, 128, 129, 383, 384])
        {
            Block[] blocks = new Block[count];
            BitMatrix.ColumnsToBlocks(matrix, 48, blocks, scratch);
            AssertTransposed(matrix, 48, 0, blocks);
        }
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Block[] scratch = new Block[128];
        Assert.Throws<ArgumentException>(() => BitMatrix.ColumnsToBlocks(new byte[127 * 16], 16, new Block[1], scratch));
        Assert.Throws<ArgumentException>(() => BitMatrix.ColumnsToBlocks(new byte[128 * 8], 8, new Block[1], scratch));
        Assert.Throws<ArgumentException>(() => BitMatrix.ColumnsToBlocks(new byte[128 * 16], 16, new Block[129], scratch));
        Assert.Throws<ArgumentException>(() => BitMatrix.ColumnsToBlocks(new byte[128 * 16], 16, new Block[1], new Block[1]));
    }

    private static void AssertTransposed(byte[] matrix, int columnBytes, int from, Block[] blocks)
    {
        for (int i = 0; i < blocks.Length; i++)
            for (int j = 0; j < 16; j++)
            {
                int expected = 0;
                for (int k = 0; k < 8; k++)
                    expected |= (matrix[(8 * j + k) * columnBytes + from + i / 8] >> (i % 8) & 1) << k;
                if (expected != blocks[i][j]) Assert.Fail($"block {i}, byte {j}");
            }
    }

    private static byte[] Random(int count)
    {
        using Prg prg = Prg.Derive([], "bit-matrix");
        byte[] bytes = new byte[count];
        prg.Fill(bytes);
        return bytes;
    }
}
