using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Extension;

/// <summary>How an IKNP extension is cut into messages, shared by both ends, and what it costs.</summary>
public static class IknpLayout
{
    internal const int Columns = 128;

    /// <summary>Transfers a message; its matrix of 128 KiB stays in the second-level cache.</summary>
    public const int ChunkCount = 8192;

    /// <summary>
    /// The cost of <paramref name="count"/> transfers in one call: 127 bits each, rounded up to 128 transfers, from the
    /// receiver to the sender (column 0 is the choices themselves and is not sent).
    /// </summary>
    public static ProtocolCost CostOf(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        long groups = (count + Columns - 1) / Columns, messages = (count + ChunkCount - 1) / ChunkCount;
        return new(0, groups * (Columns - 1) * (Columns / 8), 0, messages, messages == 0 ? 0 : 1);
    }

    /// <summary>Bytes of one column for <paramref name="count"/> transfers: whole blocks.</summary>
    internal static int ColumnBytes(int count) => (count + Columns - 1) / Columns * (Columns / 8);

    /// <summary>One key stream for each column but column 0.</summary>
    internal static AesCounter?[] Streams(ReadOnlySpan<Block> keys)
    {
        AesCounter?[] streams = new AesCounter?[Columns];
        for (int j = 1; j < Columns; j++) streams[j] = new AesCounter(MemoryMarshal.AsBytes(keys.Slice(j, 1)));
        return streams;
    }
}
