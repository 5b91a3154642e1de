using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// The public linear code of the primal LPN assumption: row i of its matrix has ten ones, at places drawn independently
/// from a public key stream, two AES blocks a row and 21 bits a place. Places are public, so they may be used as
/// indices.
/// </summary>
internal static class LocalCode
{
    /// <summary>Ones in a row.</summary>
    public const int Weight = 10;

    private const int PlaceBits = 21, BatchRows = 256;

    /// <summary>
    /// output[j] ^= the sum of the ten message blocks of row firstRow + j. The message's length is a power of two of at
    /// most 2^21; no overlap.
    /// </summary>
    public static void EncodeAdd(ReadOnlySpan<Block> message, AesCounter places, long firstRow, Span<Block> output)
    {
        if (message.Length is 0 or > 1 << PlaceBits || (message.Length & (message.Length - 1)) != 0)
            throw new ArgumentException("The message's length is a power of two of at most 2^21.", nameof(message));
        Span<ulong> words = stackalloc ulong[4 * BatchRows];
        for (int at = 0; at < output.Length; at += BatchRows)
        {
            Span<Block> some = output.Slice(at, Math.Min(BatchRows, output.Length - at));
            Span<ulong> stream = words[..(4 * some.Length)];
            places.Fill(2 * (ulong)(firstRow + at), MemoryMarshal.AsBytes(stream));
            if (Vector128.IsHardwareAccelerated) AddVector128(message, stream, some);
            else AddScalar(message, stream, some);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void AddVector128(ReadOnlySpan<Block> message, ReadOnlySpan<ulong> stream, Span<Block> output)
    {
        ulong mask = (ulong)message.Length - 1;
        // In bounds: every place is masked to the message's length, a power of two; four words of stream a row.
        fixed (Block* m = message)
        fixed (ulong* words = stream)
        fixed (Block* to = output)
        {
            ulong* w = words;
            for (int j = 0; j < output.Length; j++, w += 4)
            {
                ulong a = w[0], b = w[1], c = w[2], d = w[3];
                Block x = to[j] ^ m[a & mask], y = m[(a >> PlaceBits) & mask];
                x ^= m[(a >> (2 * PlaceBits)) & mask];
                y ^= m[b & mask];
                x ^= m[(b >> PlaceBits) & mask];
                y ^= m[(b >> (2 * PlaceBits)) & mask];
                x ^= m[c & mask];
                y ^= m[(c >> PlaceBits) & mask];
                x ^= m[(c >> (2 * PlaceBits)) & mask];
                y ^= m[d & mask];
                to[j] = x ^ y;
            }
        }
    }

    internal static void AddScalar(ReadOnlySpan<Block> message, ReadOnlySpan<ulong> stream, Span<Block> output)
    {
        for (int j = 0; j < output.Length; j++)
        {
            ulong low = output[j].AsUInt64()[0], high = output[j].AsUInt64()[1];
            for (int i = 0; i < Weight; i++)
            {
                int place = (int)(stream[4 * j + i / 3] >> (PlaceBits * (i % 3)) & (ulong)(message.Length - 1));
                low ^= message[place].AsUInt64()[0];
                high ^= message[place].AsUInt64()[1];
            }
            output[j] = Vector128.Create(low, high).AsByte();
        }
    }
}
