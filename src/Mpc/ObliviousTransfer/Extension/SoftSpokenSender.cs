using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Base;
using Blindsight.Mpc.ObliviousTransfer.Trees;

namespace Blindsight.Mpc.ObliviousTransfer.Extension;

/// <summary>
/// The sender of correlated oblivious transfer by extension with 15 bits a transfer, for eight times the computation of
/// <see cref="IknpSender"/>. Functionality: <see cref="ICorrelatedOtSender"/>. Security: semi-honest, from 128 base
/// transfers in which this party chose. Source: Roy, "SoftSpokenOT", CRYPTO 2022, sections 3 and 5, with subspaces of
/// dimension 8 and trees after Guo et al., "Half-Tree", EUROCRYPT 2023. Departures: no consistency checks; bit 0 of
/// Delta is fixed to 1 and column 0 of the matrix is the choices, so base transfer 0 is not used and the first subspace
/// has dimension 7.
/// </summary>
public sealed class SoftSpokenSender : ICorrelatedOtSender
{
    private readonly IChannel _channel;
    private readonly Block[] _baseKeys;
    private readonly SubspaceStreams?[] _streams = new SubspaceStreams?[SoftSpokenLayout.Groups];
    private readonly AlignedBuffer<byte> _columns = new(IknpLayout.Columns * IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<byte> _message = new((SoftSpokenLayout.Groups - 1) * IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<byte> _sum = new(IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<byte> _scratch = SubspaceStreams.CreateScratch();
    private readonly AlignedBuffer<Block> _rows = new(IknpLayout.Columns);
    private ulong _streamBlock;
    private bool _ready;

    /// <summary>Takes the base keys into use; the caller disposes of its copy.</summary>
    public SoftSpokenSender(IChannel channel, BaseOtChoices baseOts)
    {
        _channel = channel;
        _baseKeys = baseOts.Keys.ToArray();
        Delta = baseOts.Choices | Vector128.CreateScalar((byte)1);
    }

    /// <inheritdoc/>
    public Block Delta { get; private set; }

    /// <inheritdoc/>
    public ulong NextIndex { get; private set; }

    /// <inheritdoc/>
    public ProtocolCost CostOfNext(long count) => SoftSpokenLayout.CostOf(count, !_ready);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> q)
    {
        ulong first = NextIndex;
        if (q.IsEmpty) return first;
        if (!_ready) GrowTrees();
        _ready = true;
        NextIndex += (ulong)q.Length;
        for (int at = 0; at < q.Length; at += IknpLayout.ChunkCount)
            ExtendChunk(q.Slice(at, Math.Min(IknpLayout.ChunkCount, q.Length - at)));
        return first;
    }

    /// <summary>Clears Delta, keys and matrix.</summary>
    public void Dispose()
    {
        Delta = default;
        Array.Clear(_baseKeys);
        foreach (SubspaceStreams? streams in _streams) streams?.Dispose();
        _columns.Dispose();
        _message.Dispose();
        _sum.Dispose();
        _scratch.Dispose();
        _rows.Dispose();
    }

    /// <summary>A group's bits of Delta as a number: the leaf of its tree that this party does not know.</summary>
    private uint Punctured(int group) => (uint)Delta[group] >> (group == 0 ? 1 : 0);

    /// <summary>The bits of Delta turn the path; the base key of a level opens the sum of the other side.</summary>
    private void GrowTrees()
    {
        byte[] setup = new byte[SoftSpokenLayout.SetupBytes];
        _channel.Receive(MessageTags.SoftSpokenTrees, setup);
        ReadOnlySpan<Block> message = MemoryMarshal.Cast<byte, Block>(setup);
        Block[] leaves = new Block[256], sums = new Block[8];
        using FixedKeyPermutation permutation = SoftSpokenLayout.CreatePermutation();
        int at = 0;
        for (int group = 0; group < SoftSpokenLayout.Groups; group++)
        {
            int bits = SoftSpokenLayout.Bits(group);
            uint sides = 0;
            for (int level = 0; level < bits; level++, at += 2)
            {
                uint turn = Punctured(group) >> (bits - 1 - level) & 1;
                Block mask = Vector128.Create(0u - turn).AsByte(), both = message[at] ^ message[at + 1];
                Block pad = SoftSpokenReceiver.Pad(_baseKeys[SoftSpokenLayout.BaseTransfer(group, level)]);
                sums[level] = message[at] ^ (both & mask) ^ pad;
                sides |= (turn ^ 1) << level;
            }
            Span<Block> grown = leaves.AsSpan(0, 1 << bits);
            HalfTree.Correct(PuncturedTree.Grow(permutation, sums.AsSpan(0, bits), sides, grown).Sibling, grown);
            _streams[group] = new SubspaceStreams(grown);
        }
        Array.Clear(leaves);
        Array.Clear(sums);
        Array.Clear(_baseKeys);
    }

    /// <summary>Column b of a group is v_b xor Delta_b * (u xor c), with c the group's column of the message.</summary>
    private void ExtendChunk(Span<Block> q)
    {
        int columnBytes = IknpLayout.ColumnBytes(q.Length);
        Span<byte> matrix = _columns.Span[..(IknpLayout.Columns * columnBytes)];
        Span<byte> message = _message.Span[..((SoftSpokenLayout.Groups - 1) * columnBytes)], u = _sum.Span[..columnBytes];
        matrix[..columnBytes].Clear();
        _channel.Receive(MessageTags.SoftSpokenColumns, message);
        for (int group = 0; group < SoftSpokenLayout.Groups; group++)
        {
            int bits = SoftSpokenLayout.Bits(group);
            Span<byte> v = matrix.Slice(SoftSpokenLayout.FirstBit(group) * columnBytes, bits * columnBytes);
            _streams[group]!.Sum(_streamBlock, u, v, _scratch.Span);
            if (group > 0) Add(u, message.Slice((group - 1) * columnBytes, columnBytes), 1);
            for (int b = 0; b < bits; b++) Add(v.Slice(b * columnBytes, columnBytes), u, Punctured(group) >> b & 1);
        }
        _streamBlock += (ulong)columnBytes / AesCounter.BlockBytes;
        BitMatrix.ColumnsToBlocks(matrix, columnBytes, q, _rows.Span);
    }

    /// <summary>to ^= bit * from.</summary>
    private static void Add(Span<byte> to, ReadOnlySpan<byte> from, uint bit)
    {
        Block mask = Vector128.Create(0u - bit).AsByte();
        Span<Block> sum = MemoryMarshal.Cast<byte, Block>(to);
        ReadOnlySpan<Block> added = MemoryMarshal.Cast<byte, Block>(from);
        for (int i = 0; i < sum.Length; i++) sum[i] ^= added[i] & mask;
    }
}
