using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// One party's side of single-point correlated transfer in batches of trees: the sender's leaves v have bit 0 clear,
/// the receiver's are w = v xor e * Delta with e one at a single random leaf of each tree, where bit 0 of w is set.
/// </summary>
internal interface ISilentTrees : IDisposable
{
    /// <summary>Runs a batch of trees; one message from the sender to the receiver.</summary>
    /// <param name="depth">Levels below the root.</param>
    /// <param name="transfers">depth correlated transfers a tree; used up.</param>
    /// <param name="leaves">2^depth a tree, tree after tree.</param>
    void Run(FixedKeyPermutation permutation, int depth, ReadOnlySpan<Block> transfers, Span<Block> leaves);
}
