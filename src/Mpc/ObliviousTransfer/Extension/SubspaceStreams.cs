using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Extension;

/// <summary>
/// The key streams r_x under the leaves of one group's tree, and their sums: u is the sum of all r_x, v_b the sum of those
/// whose x has bit b. A leaf d that is not known may be arbitrary: it cancels in v_b xor d_b * u. Constant time.
/// </summary>
internal sealed class SubspaceStreams : IDisposable
{
    /// <summary>Bytes of each stream at a time; those of 256 streams fit the first-level cache.</summary>
    private const int StepBytes = 128;

    private readonly AesCounter[] _streams;

    public SubspaceStreams(ReadOnlySpan<Block> leaves)
    {
        _streams = new AesCounter[leaves.Length];
        for (int x = 0; x < leaves.Length; x++) _streams[x] = new AesCounter(MemoryMarshal.AsBytes(leaves.Slice(x, 1)));
    }

    /// <summary>Room that <see cref="Sum"/> needs.</summary>
    public static AlignedBuffer<byte> CreateScratch() => new(256 * StepBytes);

    /// <summary>Sums from block <paramref name="from"/> of the streams on.</summary>
    /// <param name="u">Length a multiple of 16.</param>
    /// <param name="v">log2(leaves) times as long, bit after bit.</param>
    public void Sum(ulong from, Span<byte> u, Span<byte> v, Span<byte> scratch)
    {
        for (int at = 0; at < u.Length; at += StepBytes)
        {
            int bytes = Math.Min(StepBytes, u.Length - at);
            for (int x = 0; x < _streams.Length; x++)
                _streams[x].Fill(from + (ulong)at / 16, scratch.Slice(x * StepBytes, bytes));
            Fold(scratch, _streams.Length, u.Length, at, bytes, v);
            scratch[..bytes].CopyTo(u[at..]);
        }
    }

    public void Dispose()
    {
        foreach (AesCounter stream in _streams) stream.Dispose();
    }

    /// <summary>Halves the number of streams bit by bit: the odd ones add up to v_b, neighbours join.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold(Span<byte> scratch, int count, int columnBytes, int at, int bytes, Span<byte> v)
    {
        Span<Vector512<byte>> streams = MemoryMarshal.Cast<byte, Vector512<byte>>(scratch);
        Span<Vector512<byte>> sum = stackalloc Vector512<byte>[2];
        for (int b = 0; count > 1; b++, count /= 2)
        {
            Vector512<byte> low = default, high = default;
            for (int i = 0; i < count / 2; i++)
            {
                Span<Vector512<byte>> pair = streams.Slice(4 * i, 4);
                Vector512<byte> oddLow = pair[2], oddHigh = pair[3];
                low ^= oddLow;
                high ^= oddHigh;
                streams[2 * i] = pair[0] ^ oddLow;
                streams[2 * i + 1] = pair[1] ^ oddHigh;
            }
            (sum[0], sum[1]) = (low, high);
            MemoryMarshal.AsBytes(sum)[..bytes].CopyTo(v[(b * columnBytes + at)..]);
        }
        sum.Clear();
    }
}
