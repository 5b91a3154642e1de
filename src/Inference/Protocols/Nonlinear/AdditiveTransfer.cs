using Blindsight.Arithmetic.Bits;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: for n elements the sender holds numbers x and the receiver bits c; they obtain additive shares modulo 2^k of
/// c * x. Security: semi-honest, by one random-choice OT an element (<see cref="AdditivePadSender"/>), derandomised: one
/// choice bit to the sender, one k-bit message back.
/// </summary>
/// <param name="sender">Who holds the numbers.</param>
internal sealed class AdditiveTransfer(int elements, int bits, Role sender)
{
    public int ChoiceBytes => BitPacking.PackedBytes(elements, 1);
    public int CorrectionBytes => BitPacking.PackedBytes(elements, bits);

    /// <summary>Draws pads.</summary>
    public Correlation Prepare(Party party)
    {
        using SecretBlocks blocks = new(elements);
        if (party.Role == sender)
        {
            Correlation sending = new(new uint[elements], new uint[elements], new byte[elements]);
            ulong first = party.Sender.Extend(blocks.Span);
            AdditivePadSender.Generate<uint>(
                bits, party.SenderHash, first, blocks.Span, party.Sender.Delta, sending.Pads, sending.OtherPads);
            return sending;
        }
        Correlation receiving = new(new uint[elements], [], new byte[elements]);
        ulong index = party.Receiver.Extend(blocks.Span);
        AdditivePadReceiver.Generate<uint>(bits, party.ReceiverHash, index, blocks.Span, receiving.Choices, receiving.Pads);
        return receiving;
    }

    /// <summary>The receiver's message: its bits under the random choices.</summary>
    /// <param name="choices">Packed, 64 a word.</param>
    public void SendChoices(Party party, Correlation correlation, ReadOnlySpan<ulong> choices)
    {
        byte[] wanted = new byte[elements], masked = new byte[elements], message = new byte[ChoiceBytes];
        BitPlanes.Join(choices, 1, wanted.AsSpan());
        for (int i = 0; i < wanted.Length; i++) masked[i] = (byte)(wanted[i] ^ correlation.Choices[i]);
        BitPacking.Pack<byte>(masked, 1, message);
        party.Channel.Send(MessageTag.TransferChoices, message);
        wanted.CopyTo(correlation.Choices, 0);
    }

    /// <summary>The sender takes in how the choices differ from the random ones.</summary>
    public void ReceiveChoices(Party party, Correlation correlation)
    {
        byte[] message = new byte[ChoiceBytes];
        party.Channel.Receive(MessageTag.TransferChoices, message);
        Wire.Unpack(message, 1, correlation.Choices.AsSpan(), "choices of a transfer");
    }

    /// <summary>The sender's message; <paramref name="share"/> becomes its share, and may be <paramref name="numbers"/>.</summary>
    public void SendCorrections(Party party, Correlation correlation, ReadOnlySpan<uint> numbers, Span<uint> share)
    {
        correlation.Consume();
        byte[] message = new byte[CorrectionBytes];
        AdditivePadSender.Mask(
            bits, correlation.Pads, correlation.OtherPads, correlation.Choices, numbers, share, message);
        party.Channel.Send(MessageTag.TransferCorrections, message);
    }

    /// <summary>The receiver's share of the products.</summary>
    public void ReceiveCorrections(Party party, Correlation correlation, Span<uint> share)
    {
        correlation.Consume();
        byte[] message = new byte[CorrectionBytes];
        party.Channel.Receive(MessageTag.TransferCorrections, message);
        AdditivePadReceiver.Unmask<uint>(bits, message, correlation.Choices, correlation.Pads, share);
    }

    /// <summary>One party's pads; used once.</summary>
    internal sealed class Correlation(uint[] pads, uint[] otherPads, byte[] choices)
    {
        private bool _consumed;

        /// <summary>The sender's pad for choice 0, or the receiver's pad.</summary>
        public uint[] Pads { get; } = pads;

        /// <summary>The sender's pad for choice 1.</summary>
        public uint[] OtherPads { get; } = otherPads;

        /// <summary>At the receiver the choices, random at first, its own once sent; at the sender the corrections.</summary>
        public byte[] Choices { get; } = choices;

        public void Consume()
        {
            if (_consumed) throw new InvalidOperationException("A transfer's correlation is used once.");
            _consumed = true;
        }
    }
}
