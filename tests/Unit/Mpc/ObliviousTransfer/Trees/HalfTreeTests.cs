using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.ObliviousTransfer.Trees;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Trees;

public sealed class HalfTreeTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 16).Select(i => (byte)(7 * i))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void Both_paths_expand_by_the_formula(int count)
    {
        using FixedKeyPermutation portable = new(Key, hardware: false);
        Block[] parents = Random(count);
        NodeCorrection correction = new((uint)(count / 2), Random(1)[0]);
        Block[] corrected = [.. parents];
        corrected[count / 2] ^= correction.Value;
        Block[] expected = new Block[2 * count];
        Block left = default, right = default;
        for (int i = 0; i < count; i++)
        {
            expected[2 * i] = Formula(portable, corrected[i]);
            expected[2 * i + 1] = corrected[i] ^ expected[2 * i];
            left ^= expected[2 * i];
            right ^= expected[2 * i + 1];
        }
        foreach (bool hardware in Aes.IsSupported ? (bool[])[false, true] : [false])
        {
            using FixedKeyPermutation permutation = new(Key, hardware);
            Block[] nodes = new Block[2 * count + 1];
            parents.CopyTo(nodes, 0);
            HalfTree.ExpandLevel(permutation, correction, nodes, count, out Block leftSum, out Block rightSum);
            Assert.Equal(expected, nodes[..^1]);
            Assert.Equal(default, nodes[^1]);
            Assert.Equal((left, right), (leftSum, rightSum));
        }
    }

    [Fact]
    public void Finishing_clears_low_bits_and_marks_the_punctured_leaf()
    {
        Block[] leaves = Random(16), expected = [.. leaves];
        Block first = Random(3)[1], second = Random(3)[2];
        expected[5] ^= first;
        expected[9] ^= second;
        HalfTree.Finish(new(5, first), new(9, second), leaves);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(i == 9 ? 1 : 0, leaves[i].ToScalar() & 1);
            Assert.Equal(expected[i].AsUInt64() >>> 1, leaves[i].AsUInt64() >>> 1);
        }
    }

    private static Block Formula(FixedKeyPermutation permutation, Block x)
    {
        ulong l = x.AsUInt64()[1], r = x.AsUInt64()[0];
        Block sigma = Vector128.Create(l, l ^ r).AsByte();
        Block[] image = [sigma];
        permutation.Permute(image);
        return image[0] ^ sigma;
    }

    private static Block[] Random(int count)
    {
        using Prg prg = Prg.Derive([], "half-tree");
        Block[] blocks = new Block[count];
        prg.Fill<Block>(blocks);
        return blocks;
    }
}
