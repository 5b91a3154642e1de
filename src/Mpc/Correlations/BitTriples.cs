using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.Correlations;

/// <summary>
/// Random bit triples, xor-shared: c = a AND b, 64 a word. Functionality: uniform a, b and shares. Security:
/// semi-honest, in the correlation-robust model of <see cref="CorrelationRobustHash"/>. Source: Gilboa's products, as
/// in Asharov, Lindell, Schneider, Zohner, CCS 2013, section 5.1. Two correlated transfers a triple, both in one
/// direction, nothing sent. Constant time.
/// </summary>
/// <remarks>
/// The first n transfers share a(sender) AND b(receiver), the next n share b(sender) AND a(receiver): the sender's
/// operand is the difference of the two hashed bits, the receiver's is its choice. Bits of the last word beyond n are
/// zero.
/// </remarks>
public static class BitTriples
{
    /// <summary>The shares of the transfers' sender.</summary>
    /// <param name="count">n; spans hold <see cref="BitPlanes.PlaneWords"/> words.</param>
    /// <param name="q">2n outputs.</param>
    public static void FromSender(
        int count, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> q, Block delta,
        Span<ulong> a, Span<ulong> b, Span<ulong> c)
    {
        Check(count, q.Length, a.Length, b.Length, c.Length);
        ulong second = firstIndex + (ulong)count;
        for (int at = 0, word = 0; at < count; at += 64, word++)
        {
            int some = Math.Min(64, count - at);
            ReadOnlySpan<Block> first = q.Slice(at, some), next = q.Slice(count + at, some);
            ulong u = HashedBits.Of(hash, firstIndex + (ulong)at, first, default).Low;
            ulong v = HashedBits.Of(hash, second + (ulong)at, next, default).Low;
            a[word] = u ^ HashedBits.Of(hash, firstIndex + (ulong)at, first, delta).Low;
            b[word] = v ^ HashedBits.Of(hash, second + (ulong)at, next, delta).Low;
            c[word] = (a[word] & b[word]) ^ u ^ v;
        }
    }

    /// <summary>The shares of the transfers' receiver.</summary>
    /// <param name="count">n; spans hold <see cref="BitPlanes.PlaneWords"/> words.</param>
    /// <param name="t">2n outputs.</param>
    public static void FromReceiver(
        int count, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> t,
        Span<ulong> a, Span<ulong> b, Span<ulong> c)
    {
        Check(count, t.Length, a.Length, b.Length, c.Length);
        ulong second = firstIndex + (ulong)count;
        for (int at = 0, word = 0; at < count; at += 64, word++)
        {
            int some = Math.Min(64, count - at);
            ReadOnlySpan<Block> first = t.Slice(at, some), next = t.Slice(count + at, some);
            b[word] = HashedBits.Choices(first);
            a[word] = HashedBits.Choices(next);
            c[word] = (a[word] & b[word])
                ^ HashedBits.Of(hash, firstIndex + (ulong)at, first, default).Low
                ^ HashedBits.Of(hash, second + (ulong)at, next, default).Low;
        }
    }

    private static void Check(int count, int transfers, int a, int b, int c)
    {
        int words = BitPlanes.PlaneWords(count);
        if (transfers != 2 * count) throw new ArgumentException("Two transfers a triple are needed.");
        if (a != words || b != words || c != words) throw new ArgumentException($"{words} words a vector are needed.");
    }
}
