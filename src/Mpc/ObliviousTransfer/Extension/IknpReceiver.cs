using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Base;

namespace Blindsight.Mpc.ObliviousTransfer.Extension;

/// <summary>
/// The receiver of correlated oblivious transfer by extension; see <see cref="IknpSender"/> for functionality,
/// security, source and departures. Starts from 128 base transfers in which this party offered both keys.
/// </summary>
public sealed class IknpReceiver : ICorrelatedOtReceiver
{
    private readonly IChannel _channel;
    private readonly Prg _choices;
    private readonly AesCounter?[] _zero, _one;
    private readonly AlignedBuffer<byte> _columns = new(IknpLayout.Columns * IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<byte> _message = new((IknpLayout.Columns - 1) * IknpLayout.ChunkCount / 8);
    private readonly AlignedBuffer<Block> _rows = new(IknpLayout.Columns);
    private ulong _streamBlock;

    /// <summary>
    /// Takes the base keys into use; the caller disposes of its copy. <paramref name="choices"/> supplies the choice
    /// bits, is used by nothing else, and is disposed of with this object.
    /// </summary>
    public IknpReceiver(IChannel channel, BaseOtPairs baseOts, Prg choices)
    {
        _channel = channel;
        _choices = choices;
        _zero = IknpLayout.Streams(baseOts.Zero);
        _one = IknpLayout.Streams(baseOts.One);
    }

    /// <inheritdoc/>
    public ulong NextIndex { get; private set; }

    /// <inheritdoc/>
    public ProtocolCost CostOfNext(long count) => IknpLayout.CostOf(count);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> t)
    {
        ulong first = NextIndex;
        NextIndex += (ulong)t.Length;
        for (int at = 0; at < t.Length; at += IknpLayout.ChunkCount)
            ExtendChunk(t.Slice(at, Math.Min(IknpLayout.ChunkCount, t.Length - at)));
        return first;
    }

    /// <summary>Clears keys, choices and matrix.</summary>
    public void Dispose()
    {
        _choices.Dispose();
        foreach (AesCounter? stream in _zero) stream?.Dispose();
        foreach (AesCounter? stream in _one) stream?.Dispose();
        _columns.Dispose();
        _message.Dispose();
        _rows.Dispose();
    }

    /// <summary>Step 2 of the figure: t_j = G(k_j^0) and u_j = t_j xor G(k_j^1) xor r, with r in column 0.</summary>
    private void ExtendChunk(Span<Block> t)
    {
        int columnBytes = IknpLayout.ColumnBytes(t.Length);
        Span<byte> matrix = _columns.Span[..(IknpLayout.Columns * columnBytes)];
        Span<byte> message = _message.Span[..((IknpLayout.Columns - 1) * columnBytes)];
        Span<byte> r = matrix[..columnBytes];
        _choices.Fill(r);
        for (int j = 1; j < IknpLayout.Columns; j++)
        {
            Span<byte> column = matrix.Slice(j * columnBytes, columnBytes);
            Span<byte> u = message.Slice((j - 1) * columnBytes, columnBytes);
            _zero[j]!.Fill(_streamBlock, column);
            _one[j]!.Fill(_streamBlock, u);
            Combine(u, column, r);
        }
        _streamBlock += (ulong)columnBytes / AesCounter.BlockBytes;
        _channel.Send(MessageTags.IknpColumns, message);
        _channel.Flush();
        CryptographicOperations.ZeroMemory(message);
        BitMatrix.ColumnsToBlocks(matrix, columnBytes, t, _rows.Span);
    }

    private static void Combine(Span<byte> u, ReadOnlySpan<byte> column, ReadOnlySpan<byte> r)
    {
        Span<Block> destination = MemoryMarshal.Cast<byte, Block>(u);
        ReadOnlySpan<Block> a = MemoryMarshal.Cast<byte, Block>(column), b = MemoryMarshal.Cast<byte, Block>(r);
        for (int i = 0; i < destination.Length; i++) destination[i] ^= a[i] ^ b[i];
    }
}
