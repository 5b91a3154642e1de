using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Base;

namespace Blindsight.Mpc.ObliviousTransfer.Extension;

/// <summary>
/// The sender of correlated oblivious transfer by extension. Functionality: <see cref="ICorrelatedOtSender"/>.
/// Security: semi-honest, from 128 base transfers in which this party chose. Source: Ishai, Kilian, Nissim, Petrank,
/// "Extending Oblivious Transfers Efficiently", CRYPTO 2003, figure 1, in the correlated form of Asharov, Lindell,
/// Schneider, Zohner, CCS 2013, section 5.4. Departures: random choices; bit 0 of Delta is fixed to 1 and column 0 of
/// the matrix is the choices, so that column is neither masked nor sent and base transfer 0 is not used.
/// </summary>
public sealed class IknpSender : ICorrelatedOtSender
{
    private readonly IChannel _channel;
    private readonly AesCounter?[] _streams;
    private readonly AlignedBuffer<byte> _columns = new(IknpLayout.Columns * IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<Block> _rows = new(IknpLayout.Columns);
    private ulong _streamBlock;

    /// <summary>Takes the base keys into use; the caller disposes of its copy.</summary>
    public IknpSender(IChannel channel, BaseOtChoices baseOts)
    {
        _channel = channel;
        Delta = baseOts.Choices | Vector128.CreateScalar((byte)1);
        _streams = IknpLayout.Streams(baseOts.Keys);
    }

    /// <inheritdoc/>
    public Block Delta { get; private set; }

    /// <inheritdoc/>
    public ulong NextIndex { get; private set; }

    /// <inheritdoc/>
    public ProtocolCost CostOfNext(long count) => IknpLayout.CostOf(count);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> q)
    {
        ulong first = NextIndex;
        NextIndex += (ulong)q.Length;
        for (int at = 0; at < q.Length; at += IknpLayout.ChunkCount)
            ExtendChunk(q.Slice(at, Math.Min(IknpLayout.ChunkCount, q.Length - at)));
        return first;
    }

    /// <summary>Clears Delta, keys and matrix.</summary>
    public void Dispose()
    {
        Delta = default;
        foreach (AesCounter? stream in _streams) stream?.Dispose();
        _columns.Dispose();
        _rows.Dispose();
    }

    /// <summary>Step 3 of the figure: column j is G(k_j) xor Delta_j * u_j; then rows are read off.</summary>
    private void ExtendChunk(Span<Block> q)
    {
        int columnBytes = IknpLayout.ColumnBytes(q.Length);
        Span<byte> matrix = _columns.Span[..(IknpLayout.Columns * columnBytes)];
        matrix[..columnBytes].Clear();
        _channel.Receive(MessageTags.IknpColumns, matrix[columnBytes..]);
        Span<byte> stream = stackalloc byte[IknpLayout.ChunkCount / 8];
        stream = stream[..columnBytes];
        for (int j = 1; j < IknpLayout.Columns; j++)
        {
            _streams[j]!.Fill(_streamBlock, stream);
            ulong selected = 0UL - (Delta.AsUInt64()[j / 64] >> (j % 64) & 1);
            Combine(matrix.Slice(j * columnBytes, columnBytes), stream, selected);
        }
        CryptographicOperations.ZeroMemory(stream);
        _streamBlock += (ulong)columnBytes / AesCounter.BlockBytes;
        BitMatrix.ColumnsToBlocks(matrix, columnBytes, q, _rows.Span);
    }

    private static void Combine(Span<byte> column, ReadOnlySpan<byte> stream, ulong selected)
    {
        Span<Block> u = MemoryMarshal.Cast<byte, Block>(column);
        ReadOnlySpan<Block> g = MemoryMarshal.Cast<byte, Block>(stream);
        Block mask = Vector128.Create(selected).AsByte();
        for (int i = 0; i < u.Length; i++) u[i] = (u[i] & mask) ^ g[i];
    }
}
