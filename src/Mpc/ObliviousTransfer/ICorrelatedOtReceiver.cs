namespace Blindsight.Mpc.ObliviousTransfer;

/// <summary>
/// The receiver's end of random-choice correlated oblivious transfer: t = q xor c * Delta, where c is bit 0 of t
/// (see <see cref="ICorrelatedOtSender"/> for the invariant). <see cref="ChoiceBits"/> extracts the choices.
/// </summary>
public interface ICorrelatedOtReceiver : IDisposable
{
    /// <summary>The index of the first output of the next call; equals the sender's.</summary>
    ulong NextIndex { get; }

    /// <summary>Writes fresh outputs, whose bit 0 is the random choice, and returns the index of the first.</summary>
    /// <exception cref="Channels.ProtocolException">The peer or the link failed.</exception>
    ulong Extend(Span<Block> t);

    /// <summary>What the next call would send for <paramref name="count"/> outputs; the sender is first.</summary>
    ProtocolCost CostOfNext(long count);
}
