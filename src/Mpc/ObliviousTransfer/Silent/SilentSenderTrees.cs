using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Trees;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// The sender of single-point correlated transfer. Source: Guo et al., "Half-Tree", EUROCRYPT 2023, figure 6,
/// semi-honest part. Departure: the punctured place is the complement of the transfers' random choices, so nothing goes
/// from the receiver to the sender.
/// </summary>
internal sealed class SilentSenderTrees(IChannel channel, Block delta, Prg roots) : ISilentTrees
{
    private Block[] _message = [];
    private Block _delta = delta;

    public void Run(FixedKeyPermutation permutation, int depth, ReadOnlySpan<Block> transfers, Span<Block> leaves)
    {
        if (_message.Length < transfers.Length) _message = new Block[transfers.Length];
        int trees = transfers.Length / depth;
        for (int tree = 0; tree < trees; tree++)
            Grow(permutation, transfers.Slice(tree * depth, depth), _message.AsSpan(tree * depth, depth),
                leaves.Slice(tree << depth, 1 << depth));
        channel.Send(MessageTags.SilentTrees, MemoryMarshal.AsBytes(_message.AsSpan(0, transfers.Length)));
        channel.Flush();
    }

    /// <summary>Level i sends the sum of its left nodes, masked by the transfer's q: the receiver's t turns it into a
    /// side's sum.</summary>
    private void Grow(FixedKeyPermutation permutation, ReadOnlySpan<Block> q, Span<Block> message, Span<Block> leaves)
    {
        roots.Fill(leaves[..1]);
        leaves[1] = leaves[0] ^ _delta;
        message[0] = leaves[0] ^ q[0];
        for (int level = 1; level < q.Length; level++)
        {
            HalfTree.ExpandLevel(permutation, default, leaves, 1 << level, out Block left, out _);
            message[level] = left ^ q[level];
        }
        HalfTree.Finish(leaves);
    }

    public void Dispose()
    {
        _delta = default;
        roots.Dispose();
    }
}
