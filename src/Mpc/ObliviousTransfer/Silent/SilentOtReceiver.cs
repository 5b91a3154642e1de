using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// The receiver of silent correlated oblivious transfer; see <see cref="SilentOtSender"/> for functionality, security,
/// source and departures.
/// </summary>
public sealed class SilentOtReceiver : ICorrelatedOtReceiver
{
    private readonly ICorrelatedOtReceiver _bootstrap;
    private readonly SilentExpansion _expansion;

    /// <param name="bootstrap">Makes the transfers of the first iteration; owned and disposed of.</param>
    /// <param name="connection">As at the sender.</param>
    /// <param name="label">As at the sender.</param>
    public SilentOtReceiver(
        IChannel channel, ICorrelatedOtReceiver bootstrap, SilentSchedule schedule,
        ReadOnlySpan<byte> connection, string label)
    {
        _bootstrap = bootstrap;
        _expansion = new(new SilentReceiverTrees(channel), schedule, connection, label);
    }

    /// <inheritdoc/>
    public ulong NextIndex { get; private set; }

    /// <inheritdoc/>
    public ProtocolCost CostOfNext(long count) => _expansion.CostOfNext(count, _bootstrap.CostOfNext);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> t)
    {
        ulong first = NextIndex;
        NextIndex += (ulong)t.Length;
        _expansion.Extend(t, _bootstrap.Extend);
        return first;
    }

    /// <summary>Clears everything not yet handed out.</summary>
    public void Dispose()
    {
        _expansion.Dispose();
        _bootstrap.Dispose();
    }
}
