using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Base;
using Blindsight.Mpc.ObliviousTransfer.Extension;
using Blindsight.Mpc.ObliviousTransfer.Silent;

namespace Blindsight.Mpc.ObliviousTransfer;

/// <summary>
/// Creates both ends of one direction of correlated transfer. What it creates is a function of the choice and the
/// expected total, on which both parties agree beforehand; more than the expected total may be asked for.
/// </summary>
public sealed class CorrelatedOtFactory
{
    private readonly SilentSchedule? _schedule;
    private readonly bool _iknp;

    /// <param name="expectedCount">Transfers that the session expects to use in this direction.</param>
    public CorrelatedOtFactory(CorrelatedOtChoice choice, long expectedCount)
    {
        SilentSchedule schedule = SilentSchedule.For(expectedCount);
        bool silent = choice switch
        {
            CorrelatedOtChoice.Iknp or CorrelatedOtChoice.SoftSpoken => false,
            CorrelatedOtChoice.Silent => true,
            CorrelatedOtChoice.Auto =>
                schedule.EstimatedNanoseconds(expectedCount) < SilentSchedule.SoftSpokenNanoseconds(expectedCount),
            _ => throw new ArgumentOutOfRangeException(nameof(choice), choice, "Not a way to make transfers."),
        };
        _schedule = silent ? schedule : null;
        _iknp = choice == CorrelatedOtChoice.Iknp;
    }

    /// <summary>Whether the ends extend silently.</summary>
    public bool IsSilent => _schedule is not null;

    /// <summary>The iterations of silent extension; null where the ends extend otherwise.</summary>
    public SilentSchedule? Schedule => _schedule;

    /// <param name="connection">A public nonce that both parties contributed to.</param>
    /// <param name="label">Distinct for each direction of a connection.</param>
    /// <param name="randomness">For this end alone; disposed of with it.</param>
    public ICorrelatedOtSender CreateSender(
        IChannel channel, BaseOtChoices baseOts, ReadOnlySpan<byte> connection, string label, Prg randomness)
    {
        if (_schedule is not null)
            return new SilentOtSender(
                channel, new SoftSpokenSender(channel, baseOts), _schedule, connection, label, randomness);
        randomness.Dispose();
        return _iknp ? new IknpSender(channel, baseOts) : new SoftSpokenSender(channel, baseOts);
    }

    /// <inheritdoc cref="CreateSender"/>
    public ICorrelatedOtReceiver CreateReceiver(
        IChannel channel, BaseOtPairs baseOts, ReadOnlySpan<byte> connection, string label, Prg randomness)
    {
        if (_iknp) return new IknpReceiver(channel, baseOts, randomness);
        SoftSpokenReceiver receiver = new(channel, baseOts, randomness);
        randomness.Dispose();
        return _schedule is null ? receiver : new SilentOtReceiver(channel, receiver, _schedule, connection, label);
    }
}
