using System.Numerics;
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
    /// <summary>The random choices, one 0/1 byte each, and their pads modulo 2^k.</summary>
    public static void Generate<T>(
        int bits, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> t, Span<byte> choices, Span<T> pads)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        if (pads.Length != t.Length) throw new ArgumentException("One transfer an element is needed.", nameof(t));
        ChoiceBits.Unpacked(t, choices);
        AdditivePadSender.Hash(bits, hash, firstIndex, t, default, pads);
    }

    /// <summary>The receiver's shares modulo 2^k: pad + choice * message.</summary>
    /// <param name="masked">The sender's stream.</param>
    /// <param name="choices">The wanted bits, 0 or 1.</param>
    /// <param name="pads">From <see cref="Generate"/>; one use.</param>
    /// <param name="shares">No overlap with the pads.</param>
    /// <exception cref="ProtocolException">The stream does not end in zero bits.</exception>
    public static void Unmask<T>(
        int bits, ReadOnlySpan<byte> masked, ReadOnlySpan<byte> choices, ReadOnlySpan<T> pads, Span<T> shares)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        if (pads.Length != choices.Length || shares.Length != choices.Length)
            throw new ArgumentException("One choice, pad and share an element are needed.");
        if (!BitPacking.Unpack(masked, bits, shares))
            throw new ProtocolException(PeerFault.MalformedMessage, "masked products", "bits follow the last message");
        T mask = T.CreateTruncating(BitPacking.Mask(bits));
        for (int i = 0; i < shares.Length; i++)
            shares[i] = (pads[i] + (shares[i] & (T.Zero - T.CreateTruncating(choices[i] & 1)))) & mask;
    }
}
