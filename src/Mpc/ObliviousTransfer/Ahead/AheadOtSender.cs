using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.ObliviousTransfer.Ahead;

/// <summary>
/// A sender of correlated transfers that another sender makes in the background, on a thread and a channel of its own. Its peer is
/// an <see cref="AheadOtReceiver"/>: both make batches of 2^14 transfers, at most 2^21 (32 MiB) ahead. Announced totals are the same at
/// both ends, as the counts are that are asked for.
/// </summary>
public sealed class AheadOtSender : ICorrelatedOtSender
{
    private readonly ICorrelatedOtSender _inner;
    private readonly TransfersAhead _ahead;
    private readonly ulong _first;
    private ulong _count;

    /// <param name="name">Whose transfers these are, for faults: "server sends".</param>
    /// <param name="channel">The channel of <paramref name="inner"/>, used by nothing else; not disposed of.</param>
    /// <param name="inner">Used by the thread alone from here on; owned.</param>
    /// <param name="join">Runs first on the thread, on that channel.</param>
    /// <param name="beforeWaiting">
    /// Runs before a call waits for the thread: whatever the peer needs in order to come as far itself (on other channels) must be on its way.
    /// </param>
    public AheadOtSender(
        string name, IChannel channel, ICorrelatedOtSender inner, Action? join = null, Action? beforeWaiting = null)
    {
        _inner = inner;
        _first = inner.NextIndex;
        Delta = inner.Delta;
        _ahead = new TransfersAhead(name, channel, inner.Extend, inner.CostOfNext, join, beforeWaiting);
    }

    /// <inheritdoc/>
    public Block Delta { get; private set; }

    /// <summary>What the peer or the link did wrong on the thread; null as long as nothing.</summary>
    public ProtocolException? Fault => _ahead.Fault;

    /// <inheritdoc/>
    public ulong NextIndex => _first + _count;

    /// <summary>Has transfers made for the next so many outputs, before they are asked for.</summary>
    public void Announce(long count) => _ahead.Announce(count);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> q)
    {
        ulong first = NextIndex;
        _ahead.Take(q);
        _count += (ulong)q.Length;
        return first;
    }

    /// <summary>What is still to be sent until <paramref name="count"/> more outputs are there: payload exact, messages as in one call.</summary>
    public ProtocolCost CostOfNext(long count) => _ahead.CostOfNext(count);

    /// <summary>Ends the thread and clears Delta and everything not handed out.</summary>
    public void Dispose()
    {
        Delta = default;
        _ahead.Dispose();
        _inner.Dispose();
    }
}
