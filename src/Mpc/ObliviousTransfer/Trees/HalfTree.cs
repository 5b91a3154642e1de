using System.Runtime.Intrinsics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Trees;

/// <summary>What to add to one node of a level before it is used; the place is secret.</summary>
internal readonly record struct NodeCorrection(uint Position, Block Value);

/// <summary>
/// One level of a correlated GGM tree: the children of node x are H(x) and x xor H(x), so that every level of the
/// sender's tree has the same sum. H(x) = pi(sigma(x)) xor sigma(x) with sigma(l, r) = (l xor r, l). Source: Guo, Yang,
/// Wang, Zhang, Xie, Liu, Zhao, "Half-Tree", EUROCRYPT 2023, section 4. AES-NI path with eight nodes in flight and a
/// portable twin; constant time, also in the place of the correction.
/// </summary>
internal static partial class HalfTree
{
    /// <summary>
    /// Corrects one node of nodes[..count], then replaces these by their 2 * count children in nodes[..2 * count].
    /// </summary>
    /// <param name="leftSum">The sum of all left children.</param>
    /// <param name="rightSum">The sum of all right children.</param>
    public static void ExpandLevel(
        FixedKeyPermutation permutation, NodeCorrection correction, Span<Block> nodes, int count,
        out Block leftSum, out Block rightSum)
    {
        if (nodes.Length < 2 * count) throw new ArgumentException("No room for the children.", nameof(nodes));
        if (permutation.IsHardware) ExpandAesNi(permutation.RoundKeys, correction, nodes, count, out leftSum, out rightSum);
        else ExpandPortable(permutation, correction, nodes, count, out leftSum, out rightSum);
    }

    /// <summary>Applies a correction to a level.</summary>
    public static void Correct(NodeCorrection correction, Span<Block> nodes)
    {
        for (int i = 0; i < nodes.Length; i++) nodes[i] ^= At(correction, i);
    }

    /// <summary>Applies two corrections to a level, clears bit 0 of every node, and sets it at the second's
    /// place.</summary>
    public static void Finish(NodeCorrection first, NodeCorrection punctured, Span<Block> leaves)
    {
        Block low = Vector128.CreateScalar((byte)1);
        for (int i = 0; i < leaves.Length; i++)
        {
            Block here = Vector128.Equals(Vector128.Create((uint)i), Vector128.Create(punctured.Position)).AsByte();
            Block leaf = leaves[i] ^ At(first, i) ^ (punctured.Value & here);
            leaves[i] = Vector128.AndNot(leaf, low) | (low & here);
        }
    }

    /// <summary>Clears bit 0 of every leaf.</summary>
    public static void Finish(Span<Block> leaves)
    {
        Block mask = ~Vector128.CreateScalar((byte)1);
        for (int i = 0; i < leaves.Length; i++) leaves[i] &= mask;
    }

    internal static void ExpandPortable(
        FixedKeyPermutation permutation, NodeCorrection correction, Span<Block> nodes, int count,
        out Block leftSum, out Block rightSum)
    {
        const int Batch = 64;
        Span<Block> image = stackalloc Block[Batch];
        leftSum = rightSum = default;
        for (int end = count; end > 0; end -= Batch)
        {
            int from = Math.Max(0, end - Batch);
            Span<Block> some = image[..(end - from)];
            for (int i = 0; i < some.Length; i++)
            {
                nodes[from + i] ^= At(correction, from + i);
                some[i] = Sigma(nodes[from + i]);
            }
            permutation.Permute(some);
            for (int i = some.Length - 1; i >= 0; i--)
            {
                Block parent = nodes[from + i], left = some[i] ^ Sigma(parent), right = parent ^ left;
                (nodes[2 * (from + i)], nodes[2 * (from + i) + 1]) = (left, right);
                leftSum ^= left;
                rightSum ^= right;
            }
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(image));
    }

    private static Block At(NodeCorrection correction, int index) =>
        correction.Value
        & Vector128.Equals(Vector128.Create((uint)index), Vector128.Create(correction.Position)).AsByte();

    private static Block Sigma(Block x) =>
        (Vector128.Shuffle(x.AsUInt64(), Vector128.Create(1UL, 0UL)) ^ (x.AsUInt64() & Vector128.Create(0UL, ulong.MaxValue)))
        .AsByte();
}
