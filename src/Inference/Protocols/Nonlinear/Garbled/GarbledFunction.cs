using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Costs;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.GarbledCircuits;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Inference.Protocols.Nonlinear.Garbled;

/// <summary>
/// Functionality: for n instances of a <see cref="SharedFunction"/> f, fresh additive shares modulo 2^m of f(x) from additive shares of x; the
/// server's share is the uniform r that it drew. Security: semi-honest; the client sees labels and a uniform share, so the tables may travel
/// before its input is known. Source: Delphi (Mishra et al., USENIX Security 2020), section 4, the non-linear layers: the server garbles offline and sends
/// circuits, the client has its labels by oblivious transfer, online the server sends the labels of its share and the client evaluates.
/// Departures: half gates over Z_2^l; each party ends with a share (in Delphi the client's next mask is an input, and the server reads the output),
/// so that extension and opening are those of the other plans; labels of the mask do not travel (the active label is zero, the label of 0 is
/// r_i * Delta); labels are transferred in correlated form, one block a bit.
/// </summary>
/// <remarks>
/// 1. The client's label of a random bit c is H(t) xor c m, with m = H(q) xor H(q xor D) xor Delta from the server, D and Delta being different
///    secrets, one of the transfers, one of this function.
/// 2. Offline where the client knows its share b it sends b xor c, and the server takes H(q) xor (b xor c) Delta for the label of 0 of the wire b.
///    Elsewhere b xor c goes online, and the server supplies it as a further input.
/// 3. The server keeps a seed of 16 bytes, from which it makes Delta, its own labels and the masks a second time online.
/// </remarks>
internal sealed class GarbledFunction
{
    private const int KeyBytes = 16, BlockBytes = 16;

    /// <summary>Labels of a batch, so that they stay in the second-level cache, and transfers between two turns of the direction.</summary>
    private const int BatchLabels = 1 << 15, BatchMax = 256, RunTransfers = 1 << 20;

    private readonly SharedFunction _function;
    private readonly int _instances, _batch, _run;
    private readonly bool _knownOffline;

    /// <param name="create">The function, with or without corrections.</param>
    /// <param name="knownOffline">Whether the client knows its share before the input.</param>
    public GarbledFunction(Func<bool, SharedFunction> create, int instances, bool knownOffline)
    {
        _function = create(!knownOffline);
        (_instances, _knownOffline) = (instances, knownOffline);
        _batch = Math.Clamp(BatchLabels / _function.Circuit.Slots, 1, BatchMax);
        _run = Math.Max(1, RunTransfers / (_batch * _function.EvaluatorWires)) * _batch;
    }

    /// <summary>The offline phase.</summary>
    public void Prepare(Script script)
    {
        for (int from = 0; from < _instances; from += _run)
        {
            int run = Math.Min(_run, _instances - from);
            script.Extends(Role.Server, (long)run * _function.EvaluatorWires);
            if (_knownOffline) Choices(script, run);
            if (from == 0) script.Message(Role.Server, KeyBytes);
            for (int at = 0; at < run; at += _batch)
            {
                int count = Math.Min(_batch, run - at);
                script.Does(Role.Server, Work.Garbled, (double)count * _function.Circuit.Ands);
                script.Does(Role.Server, Work.LabelsOffered, (double)count * _function.EvaluatorWires);
                script.Message(Role.Server, FrameBytes(count));
                script.Does(Role.Client, Work.LabelsChosen, (double)count * _function.EvaluatorWires);
            }
        }
    }

    /// <summary>The online phase: all choices that are not known before, then labels.</summary>
    public void Run(Script script)
    {
        for (int from = 0; from < _instances && !_knownOffline; from += _run)
            script.Sends(Role.Client, ChoiceBytes(Math.Min(_run, _instances - from) * _function.EvaluatorWires));
        for (int from = 0; from < _instances; from += _run)
        {
            int run = Math.Min(_run, _instances - from);
            if (!_knownOffline) script.Receives(Role.Server);
            for (int at = 0; at < run; at += _batch)
            {
                int count = Math.Min(_batch, run - at);
                script.Does(Role.Server, Work.LabelsSent, (double)count * _function.GarblerWires);
                script.Message(Role.Server, (long)BlockBytes * _function.GarblerWires * count);
                script.Does(Role.Client, Work.Evaluated, (double)count * _function.Circuit.Ands);
                script.Does(Role.Client, Work.LabelsReceived, (double)count * _function.GarblerWires);
            }
        }
    }

    /// <summary>What the client keeps from the offline to the online phase: tables, its labels and the outputs' colours; not the choices.</summary>
    public long HeldBytes => Sum(_batch, count => FrameBytes(count));

    /// <summary>The offline phase.</summary>
    /// <param name="share">At the client, where it is known: number after number, instances side by side.</param>
    public Correlation Prepare(Party party, ReadOnlySpan<uint> share)
    {
        Correlation correlation = new();
        if (party.IsServer) party.Randomness.Fill(correlation.Seed);
        using Prg prg = new(correlation.Seed);
        Block delta = Delta(prg);
        for (int from = 0; from < _instances; from += _run)
        {
            int run = Math.Min(_run, _instances - from);
            using Rented<Block> transfers = new(run * _function.EvaluatorWires);
            ulong[] corrections = new ulong[BitPlanes.PlaneWords(transfers.Span.Length)];
            ulong first = party.IsServer ? party.Sender.Extend(transfers.Span) : party.Receiver.Extend(transfers.Span);
            if (!party.IsServer) ChoiceBits.Packed(transfers.Span, corrections);
            if (_knownOffline) Exchange(party, share, from, run, corrections);
            else if (!party.IsServer) correlation.Choices.Add(corrections);
            if (from == 0) ExchangeKey(party, correlation);
            using CorrelationRobustHash hash = new(correlation.Key);
            for (int at = 0; at < run; at += _batch)
            {
                int count = Math.Min(_batch, run - at), wires = at * _function.EvaluatorWires;
                Span<Block> some = transfers.Span.Slice(wires, count * _function.EvaluatorWires);
                if (party.IsServer) Garble(party, prg, delta, hash, some, first + (ulong)wires, corrections, wires, from + at);
                else correlation.Frames.Add(Receive(party, some, first + (ulong)wires, count));
            }
        }
        return correlation;
    }

    /// <summary>The online phase.</summary>
    /// <param name="share">As in <see cref="Prepare(Party, ReadOnlySpan{uint})"/>; bits above the ring are ignored.</param>
    /// <param name="output">This party's share, one an instance, below 2^m.</param>
    public void Run(Party party, Correlation correlation, ReadOnlySpan<uint> share, Span<uint> output)
    {
        correlation.Consume();
        if (party.IsServer) SendLabels(party, correlation, share, output);
        else Evaluate(party, correlation, share, output);
    }

    private void Choices(Script script, int run)
    {
        script.Does(Role.Client, Work.Element, (double)run * _function.EvaluatorWires);
        script.Message(Role.Client, ChoiceBytes(run * _function.EvaluatorWires));
    }

    private int TransferBytes(int count) => BlockBytes * _function.EvaluatorWires * count;

    private int TableBytes(int count) => BlockBytes * HalfGates.BlocksAnd * _function.Circuit.Ands * count;

    private int FrameBytes(int count) => TransferBytes(count) + TableBytes(count) + BitPacking.PackedBytes(count, _function.OutputBits);

    private static int ChoiceBytes(int transfers) => BitPacking.PackedBytes(transfers, 1);

    private long Sum(int each, Func<int, long> bytes)
    {
        int rest = _instances % each;
        return _instances / each * bytes(each) + (rest > 0 ? bytes(rest) : 0);
    }

    private static Block Delta(Prg prg)
    {
        Span<Block> delta = stackalloc Block[1];
        prg.Fill<Block>(delta);
        return delta[0] | Vector128.CreateScalar((byte)1);
    }

    /// <summary>The key of the garbling's hash is public, and drawn for each layer, so that its tweaks start at zero.</summary>
    private static void ExchangeKey(Party party, Correlation correlation)
    {
        if (!party.IsServer)
        {
            party.Channel.Receive(MessageTag.GarblingKey, correlation.Key);
            return;
        }
        party.Randomness.Fill(correlation.Key);
        party.Channel.Send(MessageTag.GarblingKey, correlation.Key);
    }

    /// <summary>The client's bits xor its random choices, batch after batch in the order of transfers, go to the server.</summary>
    private void Exchange(Party party, ReadOnlySpan<uint> share, int from, int run, Span<ulong> choices)
    {
        int transfers = run * _function.EvaluatorWires;
        Span<byte> message = MemoryMarshal.AsBytes(choices)[..ChoiceBytes(transfers)];
        if (!party.IsServer)
        {
            AddBits(share, from, run, choices);
            party.Channel.Send(MessageTag.Choices, message);
            return;
        }
        party.Channel.Receive(MessageTag.Choices, message);
        if ((choices[^1] & ~(ulong.MaxValue >> (-transfers & 63))) != 0)
            throw new ProtocolException(PeerFault.MalformedMessage, "choices of labels", "bits follow the last choice");
    }

    private void AddBits(ReadOnlySpan<uint> share, int from, int run, Span<ulong> choices)
    {
        int at = 0;
        for (int start = 0; start < run; start += _batch)
            for (int wire = 0, count = Math.Min(_batch, run - start); wire < _function.EvaluatorWires; wire++)
            {
                ReadOnlySpan<uint> numbers = Numbers(share, wire, from + start, count);
                int bit = wire % _function.RingBits;
                for (int j = 0; j < numbers.Length; j++, at++) choices[at >> 6] ^= (ulong)(numbers[j] >> bit & 1) << at;
            }
    }

    private ReadOnlySpan<uint> Numbers(ReadOnlySpan<uint> share, int wire, int from, int count) =>
        share.Slice(wire / _function.RingBits * _instances + from, count);

    private void Garble(Party party, Prg prg, Block delta, CorrelationRobustHash hash, Span<Block> transfers, ulong firstTransfer,
        ReadOnlySpan<ulong> corrections, int firstCorrection, int from)
    {
        Circuit circuit = _function.Circuit;
        int count = transfers.Length / _function.EvaluatorWires;
        using Rented<byte> frame = new(FrameBytes(count));
        using Rented<Block> rented = new(circuit.Slots * count);
        using Rented<uint> masks = new(count);
        Span<Block> labels = rented.Span, messages = MemoryMarshal.Cast<byte, Block>(frame.Span[..TransferBytes(count)]);
        Span<Block> own = labels[..transfers.Length];
        party.SenderHash.Hash(transfers, default, firstTransfer, own);
        party.SenderHash.Hash(transfers, party.Sender.Delta, firstTransfer, messages);
        for (int i = 0; i < own.Length; i++) messages[i] ^= own[i] ^ delta;
        if (_knownOffline)
            for (int i = 0, at = firstCorrection; i < own.Length; i++, at++) own[i] ^= delta & Ones(corrections[at >> 6] >> at);
        Draw(prg, labels.Slice(own.Length, count * _function.GarblerWires), masks.Span);
        MaskLabels(masks.Span, delta, labels.Slice(own.Length + count * _function.GarblerWires, count * _function.OutputBits));
        HalfGates.Garble(circuit, hash, Tweak(from), delta, count, labels,
            MemoryMarshal.Cast<byte, Block>(frame.Span.Slice(TransferBytes(count), TableBytes(count))));
        Colours(labels, masks.Span);
        BitPacking.Pack<uint>(masks.Span, _function.OutputBits, frame.Span[(TransferBytes(count) + TableBytes(count))..]);
        party.Channel.Send(MessageTag.GarbledCircuits, frame.Span);
    }

    /// <summary>The server's own labels and masks of a batch, the same in both phases.</summary>
    private void Draw(Prg prg, Span<Block> labels, Span<uint> masks)
    {
        prg.Fill<Block>(labels);
        prg.Fill<uint>(masks);
        uint low = Ring.Mask(_function.OutputBits);
        for (int j = 0; j < masks.Length; j++) masks[j] &= low;
    }

    private static void MaskLabels(ReadOnlySpan<uint> masks, Block delta, Span<Block> labels)
    {
        for (int bit = 0, at = 0; at < labels.Length; bit++)
            for (int j = 0; j < masks.Length; j++, at++) labels[at] = delta & Ones(masks[j] >> bit);
    }

    /// <summary>Bit 0 of each output's label, and the public inversions.</summary>
    private void Colours(ReadOnlySpan<Block> labels, Span<uint> colours)
    {
        colours.Clear();
        for (int bit = 0; bit < _function.OutputBits; bit++)
        {
            CircuitOutput output = _function.Circuit.Outputs[bit];
            uint inverted = output.Inverted ? 1u : 0;
            ReadOnlySpan<Block> some = labels.Slice(output.Slot * colours.Length, colours.Length);
            for (int j = 0; j < some.Length; j++) colours[j] |= ((some[j].ToScalar() & 1u) ^ inverted) << bit;
        }
    }

    /// <summary>A batch's circuits; the client's labels take the place of the messages that they come from.</summary>
    private byte[] Receive(Party party, Span<Block> transfers, ulong firstTransfer, int count)
    {
        byte[] frame = GC.AllocateUninitializedArray<byte>(FrameBytes(count));
        party.Channel.Receive(MessageTag.GarbledCircuits, frame);
        Span<Block> labels = MemoryMarshal.Cast<byte, Block>(frame.AsSpan(0, TransferBytes(count)));
        for (int i = 0; i < labels.Length; i++) labels[i] &= Ones(transfers[i].ToScalar());
        party.ReceiverHash.Hash(transfers, default, firstTransfer, transfers);
        for (int i = 0; i < labels.Length; i++) labels[i] ^= transfers[i];
        return frame;
    }

    private void SendLabels(Party party, Correlation correlation, ReadOnlySpan<uint> share, Span<uint> output)
    {
        using Prg prg = new(correlation.Seed);
        Block delta = Delta(prg);
        for (int from = 0; from < _instances; from += _run)
        {
            int run = Math.Min(_run, _instances - from);
            ulong[] corrections = new ulong[_knownOffline ? 0 : BitPlanes.PlaneWords(run * _function.EvaluatorWires)];
            if (!_knownOffline) Exchange(party, share, from, run, corrections);
            for (int at = 0; at < run; at += _batch)
            {
                int count = Math.Min(_batch, run - at);
                using Rented<byte> frame = new(BlockBytes * _function.GarblerWires * count);
                Span<Block> labels = MemoryMarshal.Cast<byte, Block>(frame.Span);
                Draw(prg, labels, output.Slice(from + at, count));
                Choose(share, from + at, count, delta, labels);
                int shares = _function.EvaluatorWires * count, bit = at * _function.EvaluatorWires;
                for (int i = shares; i < labels.Length; i++, bit++) labels[i] ^= delta & Ones(corrections[bit >> 6] >> bit);
                party.Channel.Send(MessageTag.Labels, frame.Span);
            }
        }
        CryptographicOperations.ZeroMemory(correlation.Seed);
    }

    /// <summary>From labels of 0 to labels of the share's bits.</summary>
    private void Choose(ReadOnlySpan<uint> share, int from, int count, Block delta, Span<Block> labels)
    {
        for (int wire = 0, at = 0; wire < _function.EvaluatorWires; wire++)
        {
            ReadOnlySpan<uint> numbers = Numbers(share, wire, from, count);
            int bit = wire % _function.RingBits;
            for (int j = 0; j < numbers.Length; j++, at++) labels[at] ^= delta & Ones(numbers[j] >> bit);
        }
    }

    private void Evaluate(Party party, Correlation correlation, ReadOnlySpan<uint> share, Span<uint> output)
    {
        if (!_knownOffline)
            for (int from = 0, run = 0; from < _instances; from += _run, run++)
                Exchange(party, share, from, Math.Min(_run, _instances - from), correlation.Choices[run]);
        Circuit circuit = _function.Circuit;
        using CorrelationRobustHash hash = new(correlation.Key);
        for (int from = 0, frame = 0; from < _instances; from += _batch, frame++)
        {
            Span<byte> held = correlation.Frames[frame];
            int count = Math.Min(_batch, _instances - from), own = _function.EvaluatorWires * count, theirs = _function.GarblerWires * count;
            using Rented<Block> rented = new(circuit.Slots * count);
            using Rented<byte> message = new(BlockBytes * theirs);
            Span<Block> labels = rented.Span;
            party.Channel.Receive(MessageTag.Labels, message.Span);
            MemoryMarshal.Cast<byte, Block>(held[..TransferBytes(count)]).CopyTo(labels);
            MemoryMarshal.Cast<byte, Block>(message.Span).CopyTo(labels[own..]);
            labels.Slice(own + theirs, count * _function.OutputBits).Clear();
            HalfGates.Evaluate(circuit, hash, Tweak(from), count, labels,
                MemoryMarshal.Cast<byte, Block>(held.Slice(TransferBytes(count), TableBytes(count))));
            Decode(labels, held[(TransferBytes(count) + TableBytes(count))..], output.Slice(from, count));
            CryptographicOperations.ZeroMemory(held);
            correlation.Frames[frame] = [];
        }
    }

    private void Decode(ReadOnlySpan<Block> labels, ReadOnlySpan<byte> colours, Span<uint> output)
    {
        Wire.Unpack(colours, _function.OutputBits, output, "colours of outputs");
        for (int bit = 0; bit < _function.OutputBits; bit++)
        {
            ReadOnlySpan<Block> some = labels.Slice(_function.Circuit.Outputs[bit].Slot * output.Length, output.Length);
            for (int j = 0; j < some.Length; j++) output[j] ^= (some[j].ToScalar() & 1u) << bit;
        }
    }

    private ulong Tweak(int from) => HalfGates.Tweaks(_function.Circuit, from);

    /// <summary>All ones for bit 0 set.</summary>
    private static Block Ones(ulong bit) => Vector128.Create(0UL - (bit & 1)).AsByte();

    /// <summary>One party's material; used once.</summary>
    internal sealed class Correlation
    {
        private bool _consumed;

        /// <summary>Of the garbling's hash; public.</summary>
        public byte[] Key { get; } = new byte[KeyBytes];

        /// <summary>At the server: of Delta, labels and masks.</summary>
        public byte[] Seed { get; } = new byte[Prg.SeedBytes];

        /// <summary>At the client, by batch: its labels, the tables, the colours.</summary>
        public List<byte[]> Frames { get; } = [];

        /// <summary>At the client, by run, where its share is not known offline: the random bits whose labels it holds.</summary>
        public List<ulong[]> Choices { get; } = [];

        /// <summary>Marks the material as used.</summary>
        /// <exception cref="InvalidOperationException">It was used before.</exception>
        public void Consume()
        {
            if (_consumed) throw new InvalidOperationException("Garbled circuits are used once.");
            _consumed = true;
        }
    }
}
