using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.Correlations;

/// <summary>
/// Random pairs of bit triples with one operand in common, xor-shared: d = a AND b, e = a AND c, 64 a word.
/// Functionality: uniform a, b, c and shares; opening a, b, c takes three bits where two triples take four. Security:
/// semi-honest, as
/// <see cref="BitTriples"/>. Source: the correlated triples of Rathee et al., "CrypTFlow2", CCS 2020, section 4.1, made
/// here from one correlated transfer in each direction with 2-bit outputs, nothing sent. Both parties run the same
/// code. Constant time.
/// </summary>
/// <remarks>
/// In the transfer that a party sends, its b and c are the differences of the two hashed bit pairs; in the one that it
/// receives, its a is the choice. Each transfer shares both cross products of one party's a.
/// </remarks>
public static class SharedOperandTriples
{
    /// <summary>One party's shares.</summary>
    /// <param name="count">n; output spans hold <see cref="BitPlanes.PlaneWords"/> words.</param>
    /// <param name="sent">Hash, first index and n outputs of the direction in which this party is the sender.</param>
    /// <param name="received">The same of the direction in which it is the receiver.</param>
    public static void Generate(
        int count, in SentTransfers sent, in ReceivedTransfers received,
        Span<ulong> a, Span<ulong> b, Span<ulong> c, Span<ulong> d, Span<ulong> e)
    {
        int words = BitPlanes.PlaneWords(count);
        if (sent.Q.Length != count || received.T.Length != count)
            throw new ArgumentException("One transfer in each direction is needed for each pair.");
        if (a.Length != words || b.Length != words || c.Length != words || d.Length != words || e.Length != words)
            throw new ArgumentException($"{words} words a vector are needed.");
        for (int at = 0, word = 0; at < count; at += 64, word++)
        {
            int some = Math.Min(64, count - at);
            ReadOnlySpan<Block> q = sent.Q.Slice(at, some), t = received.T.Slice(at, some);
            HashedBits u = HashedBits.Of(sent.Hash, sent.FirstIndex + (ulong)at, q, default);
            HashedBits v = HashedBits.Of(sent.Hash, sent.FirstIndex + (ulong)at, q, sent.Delta);
            HashedBits w = HashedBits.Of(received.Hash, received.FirstIndex + (ulong)at, t, default);
            a[word] = HashedBits.Choices(t);
            b[word] = u.Low ^ v.Low;
            c[word] = u.High ^ v.High;
            d[word] = (a[word] & b[word]) ^ u.Low ^ w.Low;
            e[word] = (a[word] & c[word]) ^ u.High ^ w.High;
        }
    }
}

/// <summary>Outputs of correlated transfer at the sender, with what hashing them needs.</summary>
public readonly ref struct SentTransfers(CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> q, Block delta)
{
    public CorrelationRobustHash Hash { get; } = hash;
    public ulong FirstIndex { get; } = firstIndex;
    public ReadOnlySpan<Block> Q { get; } = q;
    public Block Delta { get; } = delta;
}

/// <summary>Outputs of correlated transfer at the receiver, with what hashing them needs.</summary>
public readonly ref struct ReceivedTransfers(CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> t)
{
    public CorrelationRobustHash Hash { get; } = hash;
    public ulong FirstIndex { get; } = firstIndex;
    public ReadOnlySpan<Block> T { get; } = t;
}
