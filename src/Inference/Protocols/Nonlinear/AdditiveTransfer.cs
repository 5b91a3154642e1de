using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Costs;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: for n elements the sender holds numbers x and the receiver bits c; they obtain additive shares modulo 2^k of
/// c * x. Security: semi-honest, by one random-choice OT an element (<see cref="AdditivePadSender"/>), derandomised: one
/// choice bit to the sender, one k-bit message back, in <see cref="Chunks"/>.
/// </summary>
/// <param name="sender">Who holds the numbers.</param>
internal sealed class AdditiveTransfer(int elements, int bits, Role sender)
{
    public int ChoiceBytes => BitPacking.PackedBytes(elements, 1);
    public int CorrectionBytes => BitPacking.PackedBytes(elements, bits);

    private int Words => BitPlanes.PlaneWords(elements);

    /// <summary>Draws pads.</summary>
    public Correlation Prepare(Party party)
    {
        Correlation correlation = new(elements, Words, party.Role == sender);
        using Rented<Block> rented = new(Math.Min(Chunks.Elements, elements));
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            Span<Block> blocks = rented.Span[..Chunks.At(from, elements)];
            Span<uint> pads = correlation.Pads.AsSpan(from, blocks.Length);
            if (party.Role == sender)
            {
                ulong first = party.Sender.Extend(blocks);
                AdditivePadSender.Generate(bits, party.SenderHash, first, blocks, party.Sender.Delta,
                    pads, correlation.OtherPads.AsSpan(from, blocks.Length));
            }
            else
            {
                ulong first = party.Receiver.Extend(blocks);
                AdditivePadReceiver.Generate(bits, party.ReceiverHash, first, blocks, ChoicesOf(correlation, from, blocks.Length), pads);
            }
        }
        return correlation;
    }

    /// <inheritdoc cref="Prepare(Party)"/>
    public void Prepare(Script script)
    {
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, elements);
            script.Extends(sender, count);
            script.Does(sender, Work.PadsSent, count, bits);
            script.Does(1 - sender, Work.PadsReceived, count, bits);
        }
    }

    /// <summary>The receiver's message.</summary>
    public void Choices(Script script) => script.Message(1 - sender, ChoiceBytes);

    /// <summary>The sender's messages.</summary>
    public void Corrections(Script script)
    {
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, elements);
            script.Does(sender, Work.CorrectionsSent, count, bits);
            script.Message(sender, BitPacking.PackedBytes(count, bits));
            script.Does(1 - sender, Work.CorrectionsReceived, count, bits);
        }
    }

    /// <summary>The receiver's message: its bits under the random choices.</summary>
    /// <param name="choices">64 a word; bits beyond the elements are ignored.</param>
    public void SendChoices(Party party, Correlation correlation, ReadOnlySpan<ulong> choices)
    {
        using Rented<ulong> masked = new(Words);
        for (int word = 0; word < Words; word++) masked.Span[word] = choices[word] ^ correlation.Choices[word];
        masked.Span[^1] &= LastWord;
        party.Channel.Send(MessageTag.TransferChoices, MemoryMarshal.AsBytes(masked.Span)[..ChoiceBytes]);
        choices[..Words].CopyTo(correlation.Choices);
    }

    /// <summary>The sender takes in how the choices differ from the random ones.</summary>
    public void ReceiveChoices(Party party, Correlation correlation)
    {
        party.Channel.Receive(MessageTag.TransferChoices, MemoryMarshal.AsBytes(correlation.Choices.AsSpan())[..ChoiceBytes]);
        if ((correlation.Choices[^1] & ~LastWord) != 0)
            throw new ProtocolException(PeerFault.MalformedMessage, "choices of a transfer", "bits follow the last choice");
    }

    /// <summary>The sender's message for the run of elements at <paramref name="from"/>.</summary>
    /// <param name="numbers">Of the run.</param>
    /// <param name="share">The sender's share of the run; may be <paramref name="numbers"/>.</param>
    public void SendCorrections(Party party, Correlation correlation, int from, ReadOnlySpan<uint> numbers, Span<uint> share)
    {
        correlation.Consume(from, numbers.Length);
        using Rented<byte> message = new(BitPacking.PackedBytes(numbers.Length, bits));
        AdditivePadSender.Mask(bits, correlation.Pads.AsSpan(from, numbers.Length), correlation.OtherPads.AsSpan(from, numbers.Length),
            ChoicesOf(correlation, from, numbers.Length), numbers, share, message.Span);
        party.Channel.Send(MessageTag.TransferCorrections, message.Span);
    }

    /// <summary>The receiver's share of the products of the run at <paramref name="from"/>.</summary>
    public void ReceiveCorrections(Party party, Correlation correlation, int from, Span<uint> share)
    {
        correlation.Consume(from, share.Length);
        using Rented<byte> message = new(BitPacking.PackedBytes(share.Length, bits));
        party.Channel.Receive(MessageTag.TransferCorrections, message.Span);
        AdditivePadReceiver.Unmask(
            bits, message.Span, ChoicesOf(correlation, from, share.Length), correlation.Pads.AsSpan(from, share.Length), share);
    }

    private ulong LastWord => ulong.MaxValue >> (-elements & 63);

    private static Span<ulong> ChoicesOf(Correlation correlation, int from, int count) =>
        correlation.Choices.AsSpan(from / 64, BitPlanes.PlaneWords(count));

    /// <summary>One party's pads; each is used once, in order.</summary>
    internal sealed class Correlation(int elements, int words, bool sends)
    {
        private int _consumed;

        /// <summary>The sender's pad for choice 0, or the receiver's pad.</summary>
        public uint[] Pads { get; } = GC.AllocateUninitializedArray<uint>(elements);

        /// <summary>The sender's pad for choice 1.</summary>
        public uint[] OtherPads { get; } = sends ? GC.AllocateUninitializedArray<uint>(elements) : [];

        /// <summary>At the receiver the choices, random at first, its own once sent; at the sender the corrections.</summary>
        public ulong[] Choices { get; } = new ulong[words];

        /// <summary>Marks the next run as used.</summary>
        /// <exception cref="InvalidOperationException">It was used before, or another comes first.</exception>
        public void Consume(int from, int count)
        {
            if (from != _consumed) throw new InvalidOperationException("A transfer's correlation is used once, from its start.");
            _consumed += count;
        }
    }
}
