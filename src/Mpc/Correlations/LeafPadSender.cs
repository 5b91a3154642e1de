using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.Correlations;

/// <summary>
/// The sender's half of 1-out-of-2^m transfer of short messages. Functionality: the receiver, choosing x, obtains
/// f(x) xor s, the sender s, for the sender's table f and a pseudo-random s. Security: semi-honest, in the
/// correlation-robust model of <see cref="CorrelationRobustHash"/>. Source: Naor and Pinkas, "Computationally Secure
/// Oblivious Transfer", J. Cryptology 2005, protocol 3.1; choices are made after the fact as in Beaver, CRYPTO 1995.
/// Departures: pads of all leaves come from one hash of each key, of which every leaf uses bits of its own; the
/// sender's share is defined by leaf 0, so that leaf's message is never sent. Constant time; no input or output:
/// the protocol that uses the pads puts the streams into its messages.
/// </summary>
/// <remarks>
/// Offline <see cref="Generate"/>; the receiver sends choice xor random choice, m bits an element;
/// <see cref="Correct"/>, then <see cref="Mask"/> gives the (2^m - 1) * w bits an element that go back.
/// </remarks>
public static class LeafPadSender
{
    private const int BatchElements = 32;

    /// <summary>
    /// Pads of all leaves: leaf j gets the xor over bits c of H(q_c xor j_c * Delta) at its bits.
    /// </summary>
    /// <param name="q">m outputs an element, in order; indices count from <paramref name="firstIndex"/>.</param>
    /// <param name="words">One word an element.</param>
    public static void Generate(
        LeafShape shape, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> q, Block delta, Span<ulong> words)
    {
        int m = shape.IndexBits;
        if (q.Length != words.Length * m)
            throw new ArgumentException($"{m} transfers an element are needed.", nameof(q));
        Span<ulong> zero = stackalloc ulong[4 * BatchElements], one = stackalloc ulong[4 * BatchElements];
        Span<ulong> mask = stackalloc ulong[4];
        for (int c = 0; c < m; c++) mask[c] = shape.LeavesWith(c);
        for (int at = 0; at < words.Length; at += BatchElements)
        {
            int count = Math.Min(BatchElements, words.Length - at);
            ReadOnlySpan<Block> some = q.Slice(at * m, count * m);
            hash.HashLow(some, default, firstIndex + (ulong)(at * m), zero[..(count * m)]);
            hash.HashLow(some, delta, firstIndex + (ulong)(at * m), one[..(count * m)]);
            for (int i = 0; i < count; i++)
            {
                ulong word = 0;
                for (int c = 0; c < m; c++) word ^= (zero[i * m + c] & ~mask[c]) ^ (one[i * m + c] & mask[c]);
                words[at + i] = word & shape.AllLeaves;
            }
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(zero));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(one));
    }

    /// <summary>
    /// Moves the pad of leaf j xor e to leaf j, for the receiver's correction e, so that its pad stands at its choice.
    /// </summary>
    /// <param name="corrections">One an element; bits above m are ignored.</param>
    public static void Correct(LeafShape shape, ReadOnlySpan<byte> corrections, Span<ulong> words)
    {
        if (corrections.Length != words.Length)
            throw new ArgumentException("One correction an element.", nameof(corrections));
        for (int c = 0; c < shape.IndexBits; c++)
        {
            ulong upper = shape.LeavesWith(c), lower = shape.AllLeaves & ~upper;
            int run = shape.MessageBits << c;
            for (int i = 0; i < words.Length; i++)
            {
                ulong swap = 0UL - (ulong)(corrections[i] >> c & 1), word = words[i];
                ulong swapped = ((word & upper) >> run) | ((word & lower) << run);
                words[i] = word ^ ((word ^ swapped) & swap);
            }
        }
    }

    /// <summary>Masks each element's table; leaf 0 defines the sender's share.</summary>
    /// <param name="words">Corrected pads; used up.</param>
    /// <param name="tables">f of each element: leaf j at its bits. Bits beyond the leaves are ignored.</param>
    /// <param name="shares">The sender's s, w bits in a byte.</param>
    /// <param name="masked">The stream for the receiver: (2^m - 1) * w bits an element.</param>
    public static void Mask(
        LeafShape shape, Span<ulong> words, ReadOnlySpan<ulong> tables, Span<byte> shares, Span<byte> masked)
    {
        if (tables.Length != words.Length || shares.Length != words.Length)
            throw new ArgumentException("One table and one share an element.");
        ulong every = shape.EveryLeaf, all = shape.AllLeaves, message = shape.MessageMask;
        int w = shape.MessageBits;
        for (int i = 0; i < words.Length; i++)
        {
            ulong both = (words[i] ^ tables[i]) & all, share = both & message;
            shares[i] = (byte)share;
            words[i] = (both ^ share * every) >> w;
        }
        BitPacking.Pack<ulong>(words, shape.MaskedBits, masked);
        words.Clear();
    }
}
