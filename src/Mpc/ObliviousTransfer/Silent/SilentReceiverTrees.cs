using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// The receiver of single-point correlated transfer; see <see cref="SilentSenderTrees"/>. The path to the punctured leaf is
/// secret: it never is an index or a condition. The node on the path holds an arbitrary value, whose children are as arbitrary;
/// each level adds to the path's sibling what makes its side's sum right.
/// </summary>
internal sealed class SilentReceiverTrees(IChannel channel) : ISilentTrees
{
    private Block[] _message = [];

    public void Run(FixedKeyPermutation permutation, int depth, ReadOnlySpan<Block> transfers, Span<Block> leaves)
    {
        if (_message.Length < transfers.Length) _message = new Block[transfers.Length];
        channel.Receive(MessageTags.SilentTrees, MemoryMarshal.AsBytes(_message.AsSpan(0, transfers.Length)));
        int trees = transfers.Length / depth;
        for (int tree = 0; tree < trees; tree++)
            Grow(permutation, transfers.Slice(tree * depth, depth), _message.AsSpan(tree * depth, depth),
                leaves.Slice(tree << depth, 1 << depth));
    }

    private static void Grow(
        FixedKeyPermutation permutation, ReadOnlySpan<Block> t, ReadOnlySpan<Block> message, Span<Block> leaves)
    {
        uint side = t[0].AsUInt32().ToScalar() & 1, path = side ^ 1;
        leaves[0] = leaves[1] = default;
        NodeCorrection sibling = new(side, message[0] ^ t[0]);
        Block total = sibling.Value;
        for (int level = 1; level < t.Length; level++)
        {
            HalfTree.ExpandLevel(permutation, sibling, leaves, 1 << level, out Block left, out Block right);
            side = t[level].AsUInt32().ToScalar() & 1;
            Block chosen = left ^ ((left ^ right) & Vector128.Create(0u - side).AsByte());
            sibling = new(2 * path + side, message[level] ^ t[level] ^ chosen);
            path = 2 * path + (side ^ 1);
            total = left ^ right ^ sibling.Value;
        }
        HalfTree.Finish(sibling, new(path, total), leaves);
    }

    public void Dispose() => Array.Clear(_message);
}
