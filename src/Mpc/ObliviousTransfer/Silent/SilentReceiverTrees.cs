using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Trees;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// The receiver of single-point correlated transfer; see <see cref="SilentSenderTrees"/>. Constant time in the places
/// of the punctured leaves.
/// </summary>
internal sealed class SilentReceiverTrees(IChannel channel) : ISilentTrees
{
    private Block[] _sums = [];

    public void Run(FixedKeyPermutation permutation, int depth, ReadOnlySpan<Block> transfers, Span<Block> leaves)
    {
        if (_sums.Length < transfers.Length) _sums = new Block[transfers.Length];
        Span<Block> sums = _sums.AsSpan(0, transfers.Length);
        channel.Receive(MessageTags.SilentTrees, MemoryMarshal.AsBytes(sums));
        for (int i = 0; i < sums.Length; i++) sums[i] ^= transfers[i];
        for (int tree = 0; tree < transfers.Length / depth; tree++)
        {
            Span<Block> grown = leaves.Slice(tree << depth, 1 << depth);
            uint sides = Sides(transfers.Slice(tree * depth, depth));
            PuncturedTree punctured = PuncturedTree.Grow(permutation, sums.Slice(tree * depth, depth), sides, grown);
            HalfTree.Finish(punctured.Sibling, punctured.Punctured, grown);
        }
        sums.Clear();
    }

    /// <summary>The random choices, each of which is the side whose sum the receiver learns.</summary>
    private static uint Sides(ReadOnlySpan<Block> t)
    {
        uint sides = 0;
        for (int i = 0; i < t.Length; i++) sides |= (t[i].AsUInt32().ToScalar() & 1) << i;
        return sides;
    }

    public void Dispose() => Array.Clear(_sums);
}
