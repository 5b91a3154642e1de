using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Trees;

/// <summary>
/// A correlated GGM tree grown from one sum a level, all of whose leaves are known but one. The path to that leaf is
/// secret: it never is an index or a condition. The node on the path holds an arbitrary value, whose children are as
/// arbitrary; each level adds to the path's sibling what makes its side's sum right.
/// </summary>
/// <param name="Sibling">Still to be added to the last level: the sibling of the punctured leaf.</param>
/// <param name="Punctured">The place of the punctured leaf; added there, the value gives the sum of all other
/// leaves.</param>
internal readonly record struct PuncturedTree(NodeCorrection Sibling, NodeCorrection Punctured)
{
    /// <param name="sums">At each level, from the root's children down, the sum of one side's nodes.</param>
    /// <param name="sides">Bit i: the side of sums[i], 0 for left; the path turns to the other.</param>
    /// <param name="leaves">2^levels; overwritten.</param>
    public static PuncturedTree Grow(
        FixedKeyPermutation permutation, ReadOnlySpan<Block> sums, uint sides, Span<Block> leaves)
    {
        uint side = sides & 1, path = side ^ 1;
        leaves[0] = leaves[1] = default;
        NodeCorrection sibling = new(side, sums[0]);
        Block total = sums[0];
        for (int level = 1; level < sums.Length; level++)
        {
            HalfTree.ExpandLevel(permutation, sibling, leaves, 1 << level, out Block left, out Block right);
            side = sides >> level & 1;
            Block chosen = left ^ ((left ^ right) & Vector128.Create(0u - side).AsByte());
            sibling = new(2 * path + side, sums[level] ^ chosen);
            path = 2 * path + (side ^ 1);
            total = left ^ right ^ sibling.Value;
        }
        return new(sibling, new(path, total));
    }
}
