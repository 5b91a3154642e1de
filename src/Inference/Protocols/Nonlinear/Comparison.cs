using System.Collections.Immutable;
using Blindsight.Arithmetic.Bits;
using Blindsight.Mpc;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: for additive shares of n signed numbers x in Z_2^l and public thresholds T_k, XOR-shares of the bits
/// [x >= T_k], provided that x - T_k does not wrap. Security: semi-honest. Source: millionaires' protocol of CrypTFlow2
/// (sections 3 and 4) in the preprocessing form: leaf transfers are random OTs derandomised by one correction a choice
/// bit. Departures: the server's share of a leaf is defined by message 0, which therefore does not travel; all
/// thresholds share the transfers, since the client's digits do not depend on them; where the client's share is known
/// before the input, its corrections travel offline (<see cref="FixChoices"/>).
/// </summary>
/// <remarks>
/// msb(x - T) = msb(x_S - T) xor msb(x_C) xor [low(x_S - T) + low(x_C) >= 2^(l-1)], low being the l - 1 lower bits; the last
/// is [2^(l-1) - 1 - low(x_S - T) less than low(x_C)], digit by digit.
/// </remarks>
internal sealed class Comparison
{
    private readonly int _elements;
    private readonly int _ringBits;
    private readonly ImmutableArray<int> _thresholds;
    private readonly DigitTree _tree;
    private readonly AndTree _andTree;

    public Comparison(int elements, int ringBits, ImmutableArray<int> thresholds)
    {
        _elements = elements;
        _ringBits = ringBits;
        _thresholds = thresholds;
        _tree = new DigitTree(ringBits - 1);
        _andTree = new AndTree(_tree, PlaneBits);
    }

    private int Words => (_elements + 63) / 64;

    /// <summary>Thresholds lie one after the other in a plane, each from a whole word on.</summary>
    private int PlaneBits => (_thresholds.Length - 1) * 64 * Words + _elements;

    private uint LowMask => (1u << (_ringBits - 1)) - 1;
    private int ChoiceBytes => BitPacking.PackedBytes(_elements, _tree.Bits);

    /// <summary>Whether the server speaks last, and so may go on at once.</summary>
    public bool ServerEndsRun => _tree.Levels.Length % 2 == 0;

    /// <summary>Payload bytes; the corrections of choices count whether they travel offline or online.</summary>
    public (long ClientToServer, long ServerToClient) Cost()
    {
        long openings = _tree.Levels.Sum(level => AndTree.OpeningBytes(level, PlaneBits));
        long leaves = Enumerable.Range(0, _tree.DigitBits.Length).Sum(digit => (long)LeafBytes(digit));
        return (ChoiceBytes + openings, leaves + openings);
    }

    /// <summary>One transfer a compared bit, and those of the tree.</summary>
    public Transfers Transfers() => new Transfers((long)_elements * _tree.Bits, 0) + _andTree.Transfers();

    /// <summary>Draws pads and triples; no communication beyond what correlated OT needs.</summary>
    public ComparisonCorrelation Prepare(Party party)
    {
        int digits = _tree.DigitBits.Length;
        ComparisonCorrelation correlation = new(digits);
        for (int digit = 0; digit < digits; digit++)
        {
            LeafShape shape = Shape(digit);
            using SecretBlocks blocks = new(checked(_elements * shape.IndexBits));
            if (party.IsServer)
            {
                correlation.LeafPads[digit] = new ulong[_elements];
                ulong first = party.Sender.Extend(blocks.Span);
                LeafPadSender.Generate(
                    shape, party.SenderHash, first, blocks.Span, party.Sender.Delta, correlation.LeafPads[digit]);
            }
            else
            {
                correlation.Choices[digit] = new byte[_elements];
                correlation.ChosenPads[digit] = new byte[_elements];
                ulong first = party.Receiver.Extend(blocks.Span);
                LeafPadReceiver.Generate(
                    shape, party.ReceiverHash, first, blocks.Span, correlation.Choices[digit], correlation.ChosenPads[digit]);
            }
        }
        correlation.Triples = _andTree.Prepare(party);
        return correlation;
    }

    /// <summary>
    /// Tells the server how the client's digits differ from the random choices. At the client <paramref name="share"/> is its
    /// share of x; the server passes nothing.
    /// </summary>
    public void FixChoices(Party party, ComparisonCorrelation correlation, ReadOnlySpan<uint> share)
    {
        uint[] corrections = new uint[_elements];
        byte[] message = new byte[ChoiceBytes];
        if (party.IsServer)
        {
            party.Channel.Receive(MessageTag.Choices, message);
            Wire.Unpack(message, _tree.Bits, corrections, "choices");
            ApplyCorrections(correlation, corrections);
        }
        else
        {
            for (int digit = 0, at = 0; digit < _tree.DigitBits.Length; at += _tree.DigitBits[digit++])
            {
                byte[] choices = correlation.Choices[digit];
                uint mask = Ring.Mask(_tree.DigitBits[digit]);
                for (int i = 0; i < choices.Length; i++)
                {
                    uint wanted = (share[i] >> at) & mask;
                    corrections[i] |= (wanted ^ choices[i]) << at;
                    choices[i] = (byte)wanted;
                }
            }
            BitPacking.Pack<uint>(corrections, _tree.Bits, message);
            party.Channel.Send(MessageTag.Choices, message);
        }
        correlation.ChoicesFixed = true;
    }

    /// <summary>Compares; returns one packed bit vector a threshold.</summary>
    public ulong[][] Run(Party party, ComparisonCorrelation correlation, ReadOnlySpan<uint> share)
    {
        correlation.Consume();
        if (!correlation.ChoicesFixed) FixChoices(party, correlation, share);
        byte[][] leaves = party.IsServer ? SendLeaves(party.Channel, correlation, share) : ReceiveLeaves(party.Channel, correlation);
        (ulong[][] lt, ulong[][] eq) = ToPlanes(leaves);
        _andTree.Run(party, correlation.Triples, lt, eq);
        return SplitThresholds(party.IsServer, lt[0], share);
    }

    private int MessageBits(int digit) => _thresholds.Length * DigitTree.LeafBits(digit);

    private LeafShape Shape(int digit) => new(_tree.DigitBits[digit], MessageBits(digit));

    private int LeafBytes(int digit) => BitPacking.PackedBytes(_elements, Shape(digit).MaskedBits);

    private void ApplyCorrections(ComparisonCorrelation correlation, uint[] corrections)
    {
        byte[] digits = new byte[_elements];
        for (int digit = 0, at = 0; digit < _tree.DigitBits.Length; at += _tree.DigitBits[digit++])
        {
            uint mask = (1u << _tree.DigitBits[digit]) - 1;
            for (int i = 0; i < digits.Length; i++) digits[i] = (byte)((corrections[i] >> at) & mask);
            LeafPadSender.Correct(Shape(digit), digits, correlation.LeafPads[digit]);
        }
    }

    private byte[][] SendLeaves(IChannel channel, ComparisonCorrelation correlation, ReadOnlySpan<uint> share)
    {
        byte[][] shares = new byte[_tree.DigitBits.Length][];
        ulong[] messages = new ulong[_elements];
        for (int digit = 0, at = 0; digit < shares.Length; at += _tree.DigitBits[digit++])
        {
            Array.Clear(messages);
            for (int threshold = 0; threshold < _thresholds.Length; threshold++)
                AddLeafMessages(share, digit, at, threshold, messages);
            shares[digit] = new byte[_elements];
            byte[] packed = new byte[LeafBytes(digit)];
            LeafPadSender.Mask(Shape(digit), correlation.LeafPads[digit], messages, shares[digit], packed);
            channel.Send(MessageTag.LeafMessages, packed);
        }
        return shares;
    }

    /// <summary>Leaf j of element i holds [own digit less than j] and, above digit 0, [own digit = j], at the threshold's place.</summary>
    private void AddLeafMessages(ReadOnlySpan<uint> share, int digit, int at, int threshold, ulong[] messages)
    {
        int bits = MessageBits(digit), place = threshold * DigitTree.LeafBits(digit);
        int leaves = 1 << _tree.DigitBits[digit];
        uint digitMask = (uint)leaves - 1, offset = (uint)_thresholds[threshold], low = LowMask;
        ulong each = 0;
        for (int leaf = 0; leaf < leaves; leaf++) each |= 1ul << (leaf * bits);
        ulong field = leaves * bits == 64 ? ulong.MaxValue : (1ul << (leaves * bits)) - 1;
        each <<= place;
        ulong equality = digit == 0 ? 0ul : 2ul << place;
        for (int i = 0; i < messages.Length; i++)
        {
            int shift = (int)(((low - ((share[i] - offset) & low)) >> at) & digitMask) * bits;
            messages[i] |= (((each << shift) << bits) & field) | (equality << shift);
        }
    }

    private byte[][] ReceiveLeaves(IChannel channel, ComparisonCorrelation correlation)
    {
        byte[][] shares = new byte[_tree.DigitBits.Length][];
        ulong[] words = new ulong[_elements];
        for (int digit = 0; digit < shares.Length; digit++)
        {
            byte[] packed = new byte[LeafBytes(digit)];
            channel.Receive(MessageTag.LeafMessages, packed);
            shares[digit] = new byte[_elements];
            LeafPadReceiver.Unmask(
                Shape(digit), packed, correlation.Choices[digit], correlation.ChosenPads[digit], words, shares[digit]);
        }
        return shares;
    }

    private (ulong[][] Lt, ulong[][] Eq) ToPlanes(byte[][] leaves)
    {
        ulong[][] lt = new ulong[leaves.Length][], eq = new ulong[leaves.Length][];
        for (int digit = 0; digit < leaves.Length; digit++)
        {
            int bits = MessageBits(digit), leafBits = DigitTree.LeafBits(digit);
            ulong[] planes = new ulong[bits * Words];
            BitPlanes.Split<byte>(leaves[digit], bits, planes);
            lt[digit] = new ulong[_thresholds.Length * Words];
            eq[digit] = digit == 0 ? [] : new ulong[_thresholds.Length * Words];
            for (int threshold = 0; threshold < _thresholds.Length; threshold++)
            {
                int place = threshold * leafBits;
                planes.AsSpan(place * Words, Words).CopyTo(lt[digit].AsSpan(threshold * Words));
                if (digit > 0) planes.AsSpan((place + 1) * Words, Words).CopyTo(eq[digit].AsSpan(threshold * Words));
            }
        }
        return (lt, eq);
    }

    /// <summary>[x >= T] = not (msb of own part xor carry); the server holds the not and the threshold.</summary>
    private ulong[][] SplitThresholds(bool isServer, ulong[] carry, ReadOnlySpan<uint> share)
    {
        ulong[][] results = new ulong[_thresholds.Length][];
        uint[] shifted = new uint[_elements];
        ulong not = isServer ? ulong.MaxValue : 0;
        for (int threshold = 0; threshold < results.Length; threshold++)
        {
            uint offset = isServer ? (uint)_thresholds[threshold] : 0;
            for (int i = 0; i < shifted.Length; i++) shifted[i] = (share[i] - offset) >> (_ringBits - 1);
            ulong[] result = results[threshold] = new ulong[Words];
            BitPlanes.Split<uint>(shifted, 1, result);
            for (int word = 0; word < Words; word++) result[word] ^= carry[threshold * Words + word] ^ not;
        }
        return results;
    }
}
