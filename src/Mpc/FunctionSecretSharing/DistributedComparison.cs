using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.FunctionSecretSharing;

/// <summary>
/// Distributed comparison functions. Functionality: for a secret a of n bits a dealer deals two keys; at a public point x the holders of
/// the keys evaluate, without talking, xor-shares of the bit [x less than a]. Security: each key alone is pseudo-random, whatever a, in the model of
/// <see cref="CorrelationRobustHash"/>. Source: Boyle, Chandran, Gilboa, Gupta, Ishai, Kumar, Rathee, "Function Secret Sharing for Mixed-Mode and
/// Fixed-Point Secure Computation", EUROCRYPT 2021, figure 1, for outputs of one bit; trees end seven levels early, as in Boyle, Gilboa, Ishai,
/// CCS 2016, section 3.2.1. Constant time in keys and secrets; points are public.
/// </summary>
public static class DistributedComparison
{
    /// <summary>The dealer's part.</summary>
    /// <param name="hash">The same at all parties; no index of it serves another purpose.</param>
    /// <param name="firstIndex">Of the batch; below 2^48.</param>
    /// <param name="secrets">a, one a function, below 2^n.</param>
    /// <param name="firstRoots">Uniform blocks: the first party's part of the keys.</param>
    /// <param name="secondRoots">The second party's.</param>
    /// <param name="keys">Filled.</param>
    public static void Deal(CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<uint> secrets,
        ReadOnlySpan<Block> firstRoots, ReadOnlySpan<Block> secondRoots, ComparisonKeys keys)
    {
        if (secrets.Length != keys.Count || firstRoots.Length != keys.Count || secondRoots.Length != keys.Count)
            throw new ArgumentException("One secret and two roots a function are needed.");
        ComparisonDealing dealing = new(hash, keys);
        for (int from = 0; from < keys.Count; from += ComparisonTree.Run)
        {
            int count = Math.Min(ComparisonTree.Run, keys.Count - from);
            dealing.Deal(from, firstIndex + (ulong)from, secrets.Slice(from, count), firstRoots.Slice(from, count), secondRoots.Slice(from, count));
        }
    }

    /// <summary>One party's xor-shares of [x less than a].</summary>
    /// <param name="isSecond">Which party; decides the root's control bit.</param>
    /// <param name="roots">The party's own, one a function.</param>
    /// <param name="points">x, one a function, below 2^n; public.</param>
    /// <param name="shares">64 a word; unused bits of the last word are zero.</param>
    public static void Evaluate(CorrelationRobustHash hash, ulong firstIndex, bool isSecond, ComparisonKeys keys,
        ReadOnlySpan<Block> roots, ReadOnlySpan<uint> points, Span<ulong> shares)
    {
        if (roots.Length != keys.Count || points.Length != keys.Count || shares.Length != BitPlanes.PlaneWords(keys.Count))
            throw new ArgumentException("One root, point and bit a function are needed.");
        shares.Clear();
        Span<Block> seeds = stackalloc Block[ComparisonTree.Run], scratch = stackalloc Block[ComparisonTree.Run];
        Span<byte> state = stackalloc byte[ComparisonTree.Run], bits = stackalloc byte[ComparisonTree.Run];
        for (int from = 0; from < keys.Count; from += ComparisonTree.Run)
        {
            int count = Math.Min(ComparisonTree.Run, keys.Count - from);
            ReadOnlySpan<uint> x = points.Slice(from, count);
            roots.Slice(from, count).CopyTo(seeds);
            state.Fill((byte)(isSecond ? 1 : 0));
            for (int level = 0; level < keys.Levels; level++)
                Descend(hash, level, firstIndex + (ulong)from, keys, from, x, seeds[..count], state[..count], scratch[..count], bits[..count]);
            ComparisonTree.Left(hash, seeds[..count], keys.Levels, firstIndex + (ulong)from, scratch[..count]);
            Read(keys.Leaves.AsSpan(from, count), scratch[..count], state[..count], x, shares[(from / 64)..]);
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(seeds));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(scratch));
        CryptographicOperations.ZeroMemory(state);
        CryptographicOperations.ZeroMemory(bits);
    }

    /// <summary>One level: bit 0 of the state is the control bit, bit 1 the share of the value so far.</summary>
    private static void Descend(CorrelationRobustHash hash, int level, ulong index, ComparisonKeys keys, int from,
        ReadOnlySpan<uint> points, Span<Block> seeds, Span<byte> state, Span<Block> scratch, Span<byte> bits)
    {
        int shift = keys.DomainBits - 1 - level;
        ReadOnlySpan<Block> corrections = keys.Seeds.AsSpan(level * keys.Count + from, seeds.Length);
        ReadOnlySpan<byte> flags = keys.Flags.AsSpan(level * keys.Count + from, seeds.Length);
        ComparisonTree.Bits(hash, seeds, level, index, scratch, bits);
        for (int i = 0; i < seeds.Length; i++) seeds[i] ^= Vector128.CreateScalar((byte)(points[i] >> shift & 1));
        ComparisonTree.Left(hash, seeds, level, index, seeds);
        for (int i = 0; i < seeds.Length; i++)
        {
            int side = (int)(points[i] >> shift & 1), control = state[i] & 1;
            seeds[i] ^= corrections[i] & ComparisonTree.Mask(control);
            int value = (bits[i] >> (2 + side)) ^ (control & flags[i]), next = (bits[i] >> side) ^ (control & (flags[i] >> (1 + side)));
            state[i] = (byte)((state[i] & 2 ^ (value & 1) << 1) | (next & 1));
        }
    }

    /// <summary>The output at the low bits of each point.</summary>
    private static void Read(
        ReadOnlySpan<Block> corrections, ReadOnlySpan<Block> leaves, ReadOnlySpan<byte> state, ReadOnlySpan<uint> points, Span<ulong> shares)
    {
        for (int i = 0; i < leaves.Length; i++)
        {
            Block leaf = leaves[i] ^ (corrections[i] & ComparisonTree.Mask(state[i]));
            uint at = points[i] & ((1u << ComparisonKeys.LeafBits) - 1);
            ulong half = leaf.AsUInt64()[(int)(at >> 6)], bit = (half >> (int)(at & 63) ^ (ulong)(state[i] >> 1)) & 1;
            shares[i >> 6] |= bit << (i & 63);
        }
    }
}
