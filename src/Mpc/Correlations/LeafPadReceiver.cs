using System.Runtime.Intrinsics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.Correlations;

/// <summary>
/// The receiver's half of 1-out-of-2^m transfer of short messages; see <see cref="LeafPadSender"/>. The correction to
/// send is the wanted choice xor the random choice. Constant time.
/// </summary>
public static class LeafPadReceiver
{
    private const int BatchElements = 32;

    /// <summary>The random choices, m bits each, and the pads of those leaves, w bits each.</summary>
    /// <param name="t">m outputs an element, in order; indices count from <paramref name="firstIndex"/>.</param>
    public static void Generate(
        LeafShape shape, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> t,
        Span<byte> choices, Span<byte> pads)
    {
        int m = shape.IndexBits;
        if (t.Length != choices.Length * m || pads.Length != choices.Length)
            throw new ArgumentException($"{m} transfers, one choice and one pad an element are needed.");
        Span<ulong> hashes = stackalloc ulong[4 * BatchElements];
        for (int at = 0; at < choices.Length; at += BatchElements)
        {
            int count = Math.Min(BatchElements, choices.Length - at);
            ReadOnlySpan<Block> some = t.Slice(at * m, count * m);
            hash.HashLow(some, default, firstIndex + (ulong)(at * m), hashes[..(count * m)]);
            for (int i = 0; i < count; i++)
            {
                ulong word = 0;
                int choice = 0;
                for (int c = 0; c < m; c++)
                {
                    word ^= hashes[i * m + c];
                    choice |= (some[i * m + c].ToScalar() & 1) << c;
                }
                choices[at + i] = (byte)choice;
                pads[at + i] = (byte)(word >> (choice * shape.MessageBits) & shape.MessageMask);
            }
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(hashes));
    }

    /// <summary>The receiver's shares f(choice) xor s.</summary>
    /// <param name="masked">The sender's stream.</param>
    /// <param name="choices">The wanted choices, m bits each.</param>
    /// <param name="pads">From <see cref="Generate"/>; one use.</param>
    /// <param name="words">Working space, one word an element; overwritten.</param>
    /// <exception cref="ProtocolException">The stream does not end in zero bits.</exception>
    public static void Unmask(
        LeafShape shape, ReadOnlySpan<byte> masked, ReadOnlySpan<byte> choices, ReadOnlySpan<byte> pads,
        Span<ulong> words, Span<byte> shares)
    {
        if (pads.Length != choices.Length || shares.Length != choices.Length || words.Length != choices.Length)
            throw new ArgumentException("One choice, pad, word and share an element are needed.");
        if (!BitPacking.Unpack(masked, shape.MaskedBits, words))
            throw new ProtocolException(PeerFault.MalformedMessage, "leaf messages", "bits follow the last message");
        int w = shape.MessageBits;
        for (int i = 0; i < words.Length; i++)
            shares[i] = (byte)(((words[i] << w) >> (choices[i] * w) ^ pads[i]) & shape.MessageMask);
    }
}
