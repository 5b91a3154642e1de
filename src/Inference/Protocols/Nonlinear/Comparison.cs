using System.Collections.Immutable;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Costs;
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
/// before the input, its corrections travel offline (<see cref="FixChoices(Script)"/>); the lowest <c>droppedBits</c> bits of both
/// shares may stay out of the comparison, which makes it cheaper and the bit arbitrary for x - T in [0, 2^droppedBits).
/// </summary>
/// <remarks>
/// msb(x - T) = msb(x_S - T) xor msb(x_C) xor [low(x_S - T) + low(x_C) >= 2^(l-1)], low being the l - 1 lower bits; the last
/// is [2^(l-1) - 1 - low(x_S - T) less than low(x_C)], digit by digit. Without its lowest k bits that last sum misses their carry,
/// which makes x - T smaller by less than 2^k: a bit that should be 0 stays 0.
/// </remarks>
internal sealed class Comparison
{
    private readonly int _elements;
    private readonly int _ringBits;
    private readonly int _droppedBits;
    private readonly ImmutableArray<int> _thresholds;
    private readonly DigitTree _tree;
    private readonly AndTree _andTree;

    /// <param name="droppedBits">0 to l - 2.</param>
    public Comparison(int elements, int ringBits, ImmutableArray<int> thresholds, int droppedBits = 0)
    {
        (_elements, _ringBits, _thresholds, _droppedBits) = (elements, ringBits, thresholds, droppedBits);
        _tree = new DigitTree(ringBits - 1 - droppedBits);
        _andTree = new AndTree(_tree, PlaneBits);
    }

    /// <summary>Words of the bits of one threshold.</summary>
    public int Words => BitPlanes.PlaneWords(_elements);

    /// <summary>Whether the server speaks last, and so may go on at once.</summary>
    public bool ServerEndsRun => _tree.Levels.Length % 2 == 0;

    /// <summary>Thresholds lie one after the other in a plane, each from a whole word on.</summary>
    private int PlaneBits => (_thresholds.Length - 1) * 64 * Words + _elements;

    private int Digits => _tree.DigitBits.Length;
    private uint LowMask => (1u << (_ringBits - 1)) - 1;

    /// <summary>One transfer a compared bit, and those of the tree, whose work counts with the pads'.</summary>
    public void Prepare(Script script)
    {
        (Work sent, Work received) = _thresholds.Length == 1
            ? (Work.LeafPadsSent, Work.LeafPadsReceived) : (Work.LeafPairPadsSent, Work.LeafPairPadsReceived);
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements);
            foreach (int bits in _tree.DigitBits) script.Extends(Role.Server, (long)count * bits);
            script.Does(Role.Server, sent, count, _tree.Bits);
            script.Does(Role.Client, received, count, _tree.Bits);
        }
        _andTree.Prepare(script);
    }

    /// <summary>The client's corrections.</summary>
    public void FixChoices(Script script)
    {
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements);
            script.Does(Role.Client, Work.LeafChoicesSent, count, _tree.Bits);
            script.Message(Role.Client, ChoiceBytes(count));
            script.Does(Role.Server, Work.LeafChoicesReceived, count, _tree.Bits);
        }
    }

    /// <summary>Compares; choices were fixed before. The work of the tree counts with the leaves'.</summary>
    public void Run(Script script)
    {
        (Work sent, Work received) = _thresholds.Length == 1
            ? (Work.LeavesSent, Work.LeavesReceived) : (Work.LeafPairsSent, Work.LeafPairsReceived);
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements);
            script.Does(Role.Server, sent, count, _tree.Bits);
            script.Message(Role.Server, LeafBytes(count));
            script.Does(Role.Client, received, count, _tree.Bits);
        }
        _andTree.Run(script);
    }

    /// <summary>Draws pads and triples; no communication beyond what correlated OT needs.</summary>
    public ComparisonCorrelation Prepare(Party party)
    {
        ComparisonCorrelation correlation = new(Digits, _elements, party.IsServer);
        using Rented<Block> rented = new(Math.Min(Chunks.Elements, _elements) * DigitTree.DigitBitsMax);
        for (int from = 0; from < _elements; from += Chunks.Elements)
            for (int digit = 0, count = Chunks.At(from, _elements); digit < Digits; digit++)
            {
                LeafShape shape = Shape(digit);
                Span<Block> blocks = rented.Span[..(count * shape.IndexBits)];
                if (party.IsServer)
                    LeafPadSender.Generate(shape, party.SenderHash, party.Sender.Extend(blocks), blocks, party.Sender.Delta,
                        correlation.LeafPads[digit].AsSpan(from, count));
                else
                    LeafPadReceiver.Generate(shape, party.ReceiverHash, party.Receiver.Extend(blocks), blocks,
                        correlation.Choices[digit].AsSpan(from, count), correlation.ChosenPads[digit].AsSpan(from, count));
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
        int run = Math.Min(Chunks.Elements, _elements);
        using Rented<uint> rented = new(run);
        using Rented<byte> message = new(ChoiceBytes(run)), digits = new(run);
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            Span<uint> corrections = rented.Span[..Chunks.At(from, _elements)];
            Span<byte> packed = message.Span[..ChoiceBytes(corrections.Length)];
            if (party.IsServer)
            {
                party.Channel.Receive(MessageTag.Choices, packed);
                Wire.Unpack(packed, _tree.Bits, corrections, "choices");
                ApplyCorrections(correlation, from, corrections, digits.Span[..corrections.Length]);
            }
            else
            {
                Correct(correlation, from, share.Slice(from, corrections.Length), corrections);
                BitPacking.Pack<uint>(corrections, _tree.Bits, packed);
                party.Channel.Send(MessageTag.Choices, packed);
            }
        }
        correlation.ChoicesFixed = true;
    }

    /// <summary>Compares.</summary>
    /// <param name="bits">The party's share of the bits of each threshold, <see cref="Words"/> each; those beyond the elements
    /// mean nothing.</param>
    public void Run(Party party, ComparisonCorrelation correlation, ReadOnlySpan<uint> share, Span<ulong> bits)
    {
        correlation.Consume();
        if (!correlation.ChoicesFixed) FixChoices(party, correlation, share);
        int plane = _thresholds.Length * Words, run = Math.Min(Chunks.Elements, _elements);
        using Rented<ulong> lt = new(Digits * plane), eq = new(Digits * plane), words = new(run);
        using Rented<ulong> planes = new(MessageBits(Digits - 1) * BitPlanes.PlaneWords(run));
        using Rented<byte> message = new(LeafBytes(run)), leaves = new(run);
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, _elements);
            Span<byte> packed = message.Span[..LeafBytes(count)];
            if (!party.IsServer) party.Channel.Receive(MessageTag.LeafMessages, packed);
            Span<byte> rest = packed;
            for (int digit = 0; digit < Digits; digit++)
            {
                Span<byte> some = rest[..LeafBytes(digit, count)];
                rest = rest[some.Length..];
                if (party.IsServer)
                    MaskLeaves(correlation, share.Slice(from, count), from, digit, words.Span[..count], leaves.Span[..count], some);
                else
                    LeafPadReceiver.Unmask(Shape(digit), some, correlation.Choices[digit].AsSpan(from, count),
                        correlation.ChosenPads[digit].AsSpan(from, count), words.Span[..count], leaves.Span[..count]);
                Split(leaves.Span[..count], digit, from, planes.Span, lt.Span.Slice(digit * plane, plane), eq.Span.Slice(digit * plane, plane));
            }
            if (party.IsServer) party.Channel.Send(MessageTag.LeafMessages, packed);
        }
        _andTree.Run(party, correlation.Triples, lt.Span, eq.Span);
        Signs(party.IsServer, share, lt.Span[..plane], bits);
    }

    private int MessageBits(int digit) => _thresholds.Length * DigitTree.LeafBits(digit);

    private LeafShape Shape(int digit) => new(_tree.DigitBits[digit], MessageBits(digit));

    private int LeafBytes(int digit, int count) => BitPacking.PackedBytes(count, Shape(digit).MaskedBits);

    private int LeafBytes(int count) => Enumerable.Range(0, Digits).Sum(digit => LeafBytes(digit, count));

    private int ChoiceBytes(int count) => BitPacking.PackedBytes(count, _tree.Bits);

    /// <summary>At the client: its digits take the place of the random choices; the differences go to the server.</summary>
    private void Correct(ComparisonCorrelation correlation, int from, ReadOnlySpan<uint> share, Span<uint> corrections)
    {
        corrections.Clear();
        for (int digit = 0; digit < Digits; digit++)
        {
            int at = _tree.FirstBit(digit);
            Span<byte> choices = correlation.Choices[digit].AsSpan(from, share.Length);
            uint mask = Ring.Mask(_tree.DigitBits[digit]);
            for (int i = 0; i < choices.Length; i++)
            {
                uint wanted = (share[i] >> (_droppedBits + at)) & mask;
                corrections[i] |= (wanted ^ choices[i]) << at;
                choices[i] = (byte)wanted;
            }
        }
    }

    private void ApplyCorrections(ComparisonCorrelation correlation, int from, ReadOnlySpan<uint> corrections, Span<byte> digits)
    {
        for (int digit = 0; digit < Digits; digit++)
        {
            int at = _tree.FirstBit(digit);
            uint mask = Ring.Mask(_tree.DigitBits[digit]);
            for (int i = 0; i < digits.Length; i++) digits[i] = (byte)((corrections[i] >> at) & mask);
            LeafPadSender.Correct(Shape(digit), digits, correlation.LeafPads[digit].AsSpan(from, digits.Length));
        }
    }

    private void MaskLeaves(ComparisonCorrelation correlation, ReadOnlySpan<uint> share, int from, int digit,
        Span<ulong> tables, Span<byte> shares, Span<byte> packed)
    {
        tables.Clear();
        for (int threshold = 0; threshold < _thresholds.Length; threshold++) AddTables(share, digit, threshold, tables);
        LeafPadSender.Mask(Shape(digit), correlation.LeafPads[digit].AsSpan(from, share.Length), tables, shares, packed);
    }

    /// <summary>Leaf j of an element holds [own digit less than j] and, above digit 0, [own digit = j], at the threshold's place.</summary>
    private void AddTables(ReadOnlySpan<uint> share, int digit, int threshold, Span<ulong> tables)
    {
        int bits = MessageBits(digit), place = threshold * DigitTree.LeafBits(digit), at = _droppedBits + _tree.FirstBit(digit);
        int leaves = 1 << _tree.DigitBits[digit];
        uint digitMask = (uint)leaves - 1, offset = (uint)_thresholds[threshold], low = LowMask;
        ulong each = 0;
        for (int leaf = 0; leaf < leaves; leaf++) each |= 1ul << (leaf * bits);
        ulong field = ulong.MaxValue >> (64 - leaves * bits);
        each <<= place;
        ulong equality = digit == 0 ? 0ul : 2ul << place;
        for (int i = 0; i < tables.Length; i++)
        {
            int shift = (int)(((low - ((share[i] - offset) & low)) >> at) & digitMask) * bits;
            tables[i] |= (((each << shift) << bits) & field) | (equality << shift);
        }
    }

    /// <summary>Leaf shares of a run become bits of the digit's planes.</summary>
    private void Split(ReadOnlySpan<byte> leaves, int digit, int from, Span<ulong> scratch, Span<ulong> lt, Span<ulong> eq)
    {
        int bits = MessageBits(digit), leafBits = DigitTree.LeafBits(digit), words = BitPlanes.PlaneWords(leaves.Length);
        Span<ulong> planes = scratch[..(bits * words)];
        BitPlanes.Split(leaves, bits, planes);
        for (int threshold = 0; threshold < _thresholds.Length; threshold++)
        {
            int place = threshold * leafBits, to = threshold * Words + from / 64;
            planes.Slice(place * words, words).CopyTo(lt[to..]);
            if (digit > 0) planes.Slice((place + 1) * words, words).CopyTo(eq[to..]);
        }
    }

    /// <summary>[x >= T] = not (msb of own part xor carry); the server holds the not and the threshold.</summary>
    private void Signs(bool isServer, ReadOnlySpan<uint> share, ReadOnlySpan<ulong> carry, Span<ulong> bits)
    {
        using Rented<uint> rented = new(Math.Min(Chunks.Elements, _elements));
        ulong not = isServer ? ulong.MaxValue : 0;
        for (int threshold = 0; threshold < _thresholds.Length; threshold++)
        {
            uint offset = isServer ? (uint)_thresholds[threshold] : 0;
            Span<ulong> result = bits.Slice(threshold * Words, Words);
            for (int from = 0; from < _elements; from += Chunks.Elements)
            {
                Span<uint> shifted = rented.Span[..Chunks.At(from, _elements)];
                for (int i = 0; i < shifted.Length; i++) shifted[i] = (share[from + i] - offset) >> (_ringBits - 1);
                BitPlanes.Split<uint>(shifted, 1, result.Slice(from / 64, BitPlanes.PlaneWords(shifted.Length)));
            }
            for (int word = 0; word < Words; word++) result[word] ^= carry[threshold * Words + word] ^ not;
        }
    }
}
