using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Mpc.Correlations;

/// <summary>
/// The receiver's half of the product of its bit by the sender's number; see <see cref="AdditivePadSender"/>. The
/// correction to send is the wanted bit xor the random choice. Constant time.
/// </summary>
public static class AdditivePadReceiver
{
    /// <summary>The random choices, 64 a word, and their pads modulo 2^k.</summary>
    public static void Generate(
        int bits, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> t, Span<ulong> choices, Span<uint> pads)
    {
        if (pads.Length != t.Length) throw new ArgumentException("One transfer an element is needed.", nameof(t));
        ChoiceBits.Packed(t, choices);
        AdditivePadSender.Hash(bits, hash, firstIndex, t, default, pads);
    }

    /// <summary>The receiver's shares modulo 2^k: pad + choice * message.</summary>
    /// <param name="masked">The sender's stream.</param>
    /// <param name="choices">The wanted bits, 64 a word.</param>
    /// <param name="pads">From <see cref="Generate"/>; one use.</param>
    /// <param name="shares">No overlap with the pads.</param>
    /// <exception cref="ProtocolException">The stream does not end in zero bits.</exception>
    public static void Unmask(
        int bits, ReadOnlySpan<byte> masked, ReadOnlySpan<ulong> choices, ReadOnlySpan<uint> pads, Span<uint> shares)
    {
        if (shares.Length != pads.Length || choices.Length != BitPlanes.PlaneWords(pads.Length))
            throw new ArgumentException("One choice, pad and share an element are needed.");
        if (!BitPacking.Unpack(masked, bits, shares))
            throw new ProtocolException(PeerFault.MalformedMessage, "masked products", "bits follow the last message");
        uint mask = (uint)BitPacking.Mask(bits);
        for (int i = 0; i < shares.Length; i++)
            shares[i] = (pads[i] + (shares[i] & (0u - (uint)(choices[i >> 6] >> i & 1)))) & mask;
    }
}
