using Blindsight.Arithmetic.Bits;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: for n elements the sender holds values v0, v1 and the receiver a bit c; they obtain additive shares modulo 2^k
/// of v_c. Security: semi-honest, by one random-choice OT an element, derandomised: one choice bit to the sender, one
/// k-bit correction to the receiver. Source: correlated OT of Asharov et al. (2013), as used in CrypTFlow2 (section 4.2).
/// Departure: the sender's share is v0 - p0, so that one correction suffices for any pair.
/// </summary>
/// <param name="sender">Who holds the values.</param>
internal sealed class AdditiveTransfer(int elements, int bits, Role sender)
{
    private readonly uint _mask = Ring.Mask(bits);

    public int ChoiceBytes => BitPacking.PackedBytes(elements, 1);
    public int CorrectionBytes => BitPacking.PackedBytes(elements, bits);

    /// <summary>Draws pads.</summary>
    public Correlation Prepare(Party party)
    {
        if (party.Role == sender)
        {
            Correlation own = new(new uint[elements], new uint[elements], []);
            MultiplexerPads.DrawSender(party.Sender, bits, own.Pads, own.OtherPads);
            return own;
        }
        Correlation correlation = new(new uint[elements], [], new ulong[(elements + 63) / 64]);
        MultiplexerPads.DrawReceiver(party.Receiver, bits, correlation.Choices, correlation.Pads);
        return correlation;
    }

    /// <summary>The receiver's first message: its bits under the random choices.</summary>
    public void SendChoices(Party party, Correlation correlation, ReadOnlySpan<ulong> choices)
    {
        ulong[] masked = new ulong[correlation.Choices.Length];
        for (int word = 0; word < masked.Length; word++) masked[word] = correlation.Choices[word] ^ choices[word];
        party.Channel.Send(MessageTag.TransferChoices, System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(masked)[..ChoiceBytes]);
        choices.CopyTo(correlation.Choices);
    }

    /// <summary>The sender takes in the choices and swaps its pads accordingly.</summary>
    public void ReceiveChoices(Party party, Correlation correlation)
    {
        ulong[] masked = new ulong[(elements + 63) / 64];
        party.Channel.Receive(MessageTag.TransferChoices, System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(masked)[..ChoiceBytes]);
        uint[] zero = correlation.Pads, one = correlation.OtherPads;
        for (int i = 0; i < elements; i++)
        {
            uint swap = (zero[i] ^ one[i]) & (0u - (uint)((masked[i >> 6] >> i) & 1));
            zero[i] ^= swap;
            one[i] ^= swap;
        }
    }

    /// <summary>The sender's message; <paramref name="share"/> receives v0 - p0 modulo 2^k.</summary>
    public void SendCorrections(
        Party party, Correlation correlation, ReadOnlySpan<uint> v0, ReadOnlySpan<uint> v1, Span<uint> share)
    {
        correlation.Consume();
        uint[] corrections = new uint[elements];
        for (int i = 0; i < corrections.Length; i++)
        {
            uint own = v0[i] - correlation.Pads[i];
            share[i] = own & _mask;
            corrections[i] = (v1[i] - correlation.OtherPads[i] - own) & _mask;
        }
        byte[] message = new byte[CorrectionBytes];
        BitPacking.Pack(corrections, bits, message);
        party.Channel.Send(MessageTag.TransferCorrections, message);
    }

    /// <summary>The receiver's share of the chosen values modulo 2^k.</summary>
    public void ReceiveCorrections(Party party, Correlation correlation, Span<uint> share)
    {
        correlation.Consume();
        byte[] message = new byte[CorrectionBytes];
        party.Channel.Receive(MessageTag.TransferCorrections, message);
        uint[] corrections = new uint[elements];
        BitPacking.Unpack(message, bits, corrections);
        for (int i = 0; i < corrections.Length; i++)
        {
            uint chosen = 0u - (uint)((correlation.Choices[i >> 6] >> i) & 1);
            share[i] = (correlation.Pads[i] + (corrections[i] & chosen)) & _mask;
        }
    }

    /// <summary>One party's pads; used once.</summary>
    internal sealed class Correlation(uint[] pads, uint[] otherPads, ulong[] choices)
    {
        private bool _consumed;

        /// <summary>The sender's pad for choice 0, or the receiver's pad.</summary>
        public uint[] Pads { get; } = pads;

        /// <summary>The sender's pad for choice 1.</summary>
        public uint[] OtherPads { get; } = otherPads;

        /// <summary>The receiver's choices: random at first, its own once sent.</summary>
        public ulong[] Choices { get; } = choices;

        public void Consume()
        {
            if (_consumed) throw new InvalidOperationException("A transfer's correlation is used once.");
            _consumed = true;
        }
    }
}
