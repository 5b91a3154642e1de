namespace Blindsight.Mpc.ObliviousTransfer;

/// <summary>
/// The sender's end of random-choice correlated oblivious transfer. For each output the sender holds a block q and the
/// receiver t = q xor c * <see cref="Delta"/> with c a random bit that the sender does not know.
/// </summary>
/// <remarks>
/// Invariant of representation: bit 0 of Delta is 1 and bit 0 of every q is 0, so that bit 0 of t is the receiver's
/// choice and needs no array of its own. Delta keeps 127 random bits. Each output is delivered once and carries an
/// index, the tweak under which it is hashed. Talks to the peer's <see cref="ICorrelatedOtReceiver"/>; both ask
/// for the same counts in the same order. Not thread-safe.
/// </remarks>
public interface ICorrelatedOtSender : IDisposable
{
    /// <summary>The correlation, the same for all outputs; bit 0 is set. Secret.</summary>
    Block Delta { get; }

    /// <summary>The index of the first output of the next call; grows by the count of each call.</summary>
    ulong NextIndex { get; }

    /// <summary>Writes fresh outputs and returns the index of the first.</summary>
    /// <exception cref="Channels.ProtocolException">The peer or the link failed.</exception>
    ulong Extend(Span<Block> q);

    /// <summary>What the next call would send for <paramref name="count"/> outputs; the sender is first.</summary>
    ProtocolCost CostOfNext(long count);
}
