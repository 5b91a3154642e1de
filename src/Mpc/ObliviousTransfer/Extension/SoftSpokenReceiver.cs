using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Base;
using Blindsight.Mpc.ObliviousTransfer.Trees;

namespace Blindsight.Mpc.ObliviousTransfer.Extension;

/// <summary>
/// The receiver of correlated oblivious transfer by extension over subspaces; see <see cref="SoftSpokenSender"/> for
/// functionality, security, source and departures. Starts from 128 base transfers in which this party offered both
/// keys.
/// </summary>
public sealed class SoftSpokenReceiver : ICorrelatedOtReceiver
{
    private readonly IChannel _channel;
    private readonly SubspaceStreams[] _streams = new SubspaceStreams[SoftSpokenLayout.Groups];
    private readonly AlignedBuffer<byte> _columns = new(IknpLayout.Columns * IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<byte> _message = new((SoftSpokenLayout.Groups - 1) * IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<byte> _scratch = SubspaceStreams.CreateScratch();
    private readonly AlignedBuffer<Block> _rows = new(IknpLayout.Columns);
    private byte[]? _setup;
    private ulong _streamBlock;

    /// <summary>
    /// Takes the base keys into use; the caller disposes of its copy. <paramref name="roots"/> supplies the trees'
    /// roots and is read here only.
    /// </summary>
    public SoftSpokenReceiver(IChannel channel, BaseOtPairs baseOts, Prg roots)
    {
        _channel = channel;
        Block[] setup = new Block[SoftSpokenLayout.SetupBytes / 16], leaves = new Block[256];
        using FixedKeyPermutation permutation = SoftSpokenLayout.CreatePermutation();
        int at = 0;
        for (int group = 0; group < SoftSpokenLayout.Groups; group++)
        {
            int bits = SoftSpokenLayout.Bits(group);
            roots.Fill<Block>(leaves.AsSpan(0, 2));
            Block left = leaves[0], right = leaves[1];
            for (int level = 0; level < bits; level++, at += 2)
            {
                if (level > 0) HalfTree.ExpandLevel(permutation, default, leaves, 1 << level, out left, out right);
                int j = SoftSpokenLayout.BaseTransfer(group, level);
                setup[at] = right ^ Pad(baseOts.Zero[j]);
                setup[at + 1] = left ^ Pad(baseOts.One[j]);
            }
            _streams[group] = new SubspaceStreams(leaves.AsSpan(0, 1 << bits));
        }
        Array.Clear(leaves);
        _setup = MemoryMarshal.AsBytes<Block>(setup).ToArray();
    }

    /// <inheritdoc/>
    public ulong NextIndex { get; private set; }

    /// <inheritdoc/>
    public ProtocolCost CostOfNext(long count) => SoftSpokenLayout.CostOf(count, _setup is not null);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> t)
    {
        ulong first = NextIndex;
        if (t.IsEmpty) return first;
        if (_setup is not null) _channel.Send(MessageTags.SoftSpokenTrees, _setup);
        _setup = null;
        NextIndex += (ulong)t.Length;
        for (int at = 0; at < t.Length; at += IknpLayout.ChunkCount)
            ExtendChunk(t.Slice(at, Math.Min(IknpLayout.ChunkCount, t.Length - at)));
        return first;
    }

    /// <summary>Clears keys, choices and matrix.</summary>
    public void Dispose()
    {
        foreach (SubspaceStreams streams in _streams) streams.Dispose();
        _columns.Dispose();
        _message.Dispose();
        _scratch.Dispose();
        _rows.Dispose();
    }

    /// <summary>The pad that a base key gives.</summary>
    internal static Block Pad(Block key)
    {
        using AesCounter stream = new(MemoryMarshal.AsBytes(new ReadOnlySpan<Block>(in key)));
        Span<byte> pad = stackalloc byte[16];
        stream.Fill(0, pad);
        return Vector128.Create<byte>(pad);
    }

    /// <summary>Group 0's u is the choices r, column 0; the others send u xor r.</summary>
    private void ExtendChunk(Span<Block> t)
    {
        int columnBytes = IknpLayout.ColumnBytes(t.Length);
        Span<byte> matrix = _columns.Span[..(IknpLayout.Columns * columnBytes)];
        Span<byte> message = _message.Span[..((SoftSpokenLayout.Groups - 1) * columnBytes)];
        Span<byte> r = matrix[..columnBytes];
        for (int group = 0; group < SoftSpokenLayout.Groups; group++)
        {
            Span<byte> u = group == 0 ? r : message.Slice((group - 1) * columnBytes, columnBytes);
            Span<byte> v = matrix.Slice(
                SoftSpokenLayout.FirstBit(group) * columnBytes, SoftSpokenLayout.Bits(group) * columnBytes);
            _streams[group].Sum(_streamBlock, u, v, _scratch.Span);
            if (group > 0) Add(u, r);
        }
        _streamBlock += (ulong)columnBytes / AesCounter.BlockBytes;
        _channel.Send(MessageTags.SoftSpokenColumns, message);
        _channel.Flush();
        BitMatrix.ColumnsToBlocks(matrix, columnBytes, t, _rows.Span);
        CryptographicOperations.ZeroMemory(message);
    }

    private static void Add(Span<byte> u, ReadOnlySpan<byte> r)
    {
        Span<Block> to = MemoryMarshal.Cast<byte, Block>(u);
        ReadOnlySpan<Block> from = MemoryMarshal.Cast<byte, Block>(r);
        for (int i = 0; i < to.Length; i++) to[i] ^= from[i];
    }
}
