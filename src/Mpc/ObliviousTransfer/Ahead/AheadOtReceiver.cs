using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.ObliviousTransfer.Ahead;

/// <summary>A receiver of correlated transfers that are made in the background; see <see cref="AheadOtSender"/>.</summary>
public sealed class AheadOtReceiver : ICorrelatedOtReceiver
{
    private readonly ICorrelatedOtReceiver _inner;
    private readonly TransfersAhead _ahead;
    private readonly ulong _first;
    private ulong _count;

    /// <inheritdoc cref="AheadOtSender(string, IChannel, ICorrelatedOtSender, Action, Action)"/>
    public AheadOtReceiver(
        string name, IChannel channel, ICorrelatedOtReceiver inner, Action? join = null, Action? beforeWaiting = null)
    {
        _inner = inner;
        _first = inner.NextIndex;
        _ahead = new TransfersAhead(name, channel, inner.Extend, inner.CostOfNext, join, beforeWaiting);
    }

    /// <summary>What the peer or the link did wrong on the thread; null as long as nothing.</summary>
    public ProtocolException? Fault => _ahead.Fault;

    /// <inheritdoc/>
    public ulong NextIndex => _first + _count;

    /// <inheritdoc cref="AheadOtSender.Announce"/>
    public void Announce(long count) => _ahead.Announce(count);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> t)
    {
        ulong first = NextIndex;
        _ahead.Take(t);
        _count += (ulong)t.Length;
        return first;
    }

    /// <inheritdoc cref="AheadOtSender.CostOfNext"/>
    public ProtocolCost CostOfNext(long count) => _ahead.CostOfNext(count);

    /// <summary>Ends the thread and clears everything not handed out.</summary>
    public void Dispose()
    {
        _ahead.Dispose();
        _inner.Dispose();
    }
}
