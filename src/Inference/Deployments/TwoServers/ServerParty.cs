using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>One of the two servers. The first adds what both know to its share; else they do the same.</summary>
/// <param name="Peer">The link to the other server.</param>
internal sealed record ServerParty(bool IsFirst, IChannel Peer)
{
    /// <summary>All ones at the first server, zero at the second.</summary>
    public uint Own => IsFirst ? uint.MaxValue : 0;

    /// <summary>Sends shares modulo 2^bits of numbers; to be followed by <see cref="ReceiveNumbers"/>.</summary>
    public void SendNumbers(ushort tag, ReadOnlySpan<uint> share, int bits)
    {
        using Rented<byte> message = new(BitPacking.PackedBytes(share.Length, bits));
        BitPacking.Pack(share, bits, message.Span);
        Peer.Send(tag, message.Span);
    }

    /// <summary>Opens numbers: their sums modulo 2^bits.</summary>
    /// <param name="share">What was sent; <paramref name="opened"/> may be the same.</param>
    public void ReceiveNumbers(ushort tag, ReadOnlySpan<uint> share, int bits, Span<uint> opened)
    {
        using Rented<byte> message = new(BitPacking.PackedBytes(share.Length, bits));
        using Rented<uint> theirs = new(share.Length);
        Peer.Receive(tag, message.Span);
        Wire.Unpack(message.Span, bits, theirs.Span, "an opening");
        uint mask = Ring.Mask(bits);
        for (int i = 0; i < opened.Length; i++) opened[i] = (share[i] + theirs.Span[i]) & mask;
    }

    /// <summary>Opens words of bits, in place: one message each way.</summary>
    /// <param name="beside">What is opened in the same exchange.</param>
    public void OpenBits(ushort tag, Span<ulong> words, Exchange? beside = null)
    {
        using Rented<ulong> theirs = new(words.Length);
        Peer.Send(tag, MemoryMarshal.AsBytes(words));
        beside?.Send();
        Peer.Receive(tag, MemoryMarshal.AsBytes(theirs.Span));
        beside?.Receive();
        for (int i = 0; i < words.Length; i++) words[i] ^= theirs.Span[i];
    }
}

/// <summary>Halves of an exchange that another one takes along.</summary>
internal sealed record Exchange(Action Send, Action Receive);
