using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// The sender of correlated oblivious transfer with communication far below one bit an output. Functionality:
/// <see cref="ICorrelatedOtSender"/>. Security: semi-honest, under primal LPN with regular noise and a local code
/// (<see cref="LpnParameters"/>), the ideal-cipher model and the bootstrap's security. Source: Yang, Weng, Lan, Zhang,
/// Wang, "Ferret", CCS 2020, sections 4 and 5, trees after <see cref="SilentSenderTrees"/>. Departures: regular noise
/// and parameters chosen against attacks published since; no consistency checks; trees are sent in batches as outputs
/// are asked for.
/// </summary>
public sealed class SilentOtSender : ICorrelatedOtSender
{
    private readonly ICorrelatedOtSender _bootstrap;
    private readonly SilentExpansion _expansion;

    /// <param name="bootstrap">Makes the transfers of the first iteration and fixes Delta; owned and disposed
    /// of.</param>
    /// <param name="connection">A public nonce both parties contributed to; with the label it fixes the public
    /// code.</param>
    /// <param name="label">Distinct for each direction of a connection.</param>
    /// <param name="roots">Supplies the trees' roots, is used by nothing else, and is disposed of with this
    /// object.</param>
    public SilentOtSender(
        IChannel channel, ICorrelatedOtSender bootstrap, SilentSchedule schedule,
        ReadOnlySpan<byte> connection, string label, Prg roots)
    {
        _bootstrap = bootstrap;
        Delta = bootstrap.Delta;
        _expansion = new(new SilentSenderTrees(channel, Delta, roots), schedule, connection, label);
    }

    /// <inheritdoc/>
    public Block Delta { get; private set; }

    /// <inheritdoc/>
    public ulong NextIndex { get; private set; }

    /// <inheritdoc/>
    public ProtocolCost CostOfNext(long count) => _expansion.CostOfNext(count, _bootstrap.CostOfNext);

    /// <inheritdoc/>
    public ulong Extend(Span<Block> q)
    {
        ulong first = NextIndex;
        NextIndex += (ulong)q.Length;
        _expansion.Extend(q, _bootstrap.Extend);
        return first;
    }

    /// <summary>Clears Delta and everything not yet handed out.</summary>
    public void Dispose()
    {
        Delta = default;
        _expansion.Dispose();
        _bootstrap.Dispose();
    }
}
