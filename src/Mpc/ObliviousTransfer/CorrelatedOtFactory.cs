using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Base;
using Blindsight.Mpc.ObliviousTransfer.Extension;
using Blindsight.Mpc.ObliviousTransfer.Silent;

namespace Blindsight.Mpc.ObliviousTransfer;

/// <summary>
/// Creates both ends of one direction of correlated transfer. What it creates is a function of the choice and the expected
/// total, on which both parties agree beforehand; more than the expected total may be asked for.
/// </summary>
public sealed class CorrelatedOtFactory
{
    private readonly SilentSchedule? _schedule;

    /// <param name="expectedCount">Transfers that the session expects to use in this direction.</param>
    public CorrelatedOtFactory(CorrelatedOtChoice choice, long expectedCount)
    {
        SilentSchedule schedule = SilentSchedule.For(expectedCount);
        bool silent = choice switch
        {
            CorrelatedOtChoice.Iknp => false,
            CorrelatedOtChoice.Silent => true,
            CorrelatedOtChoice.Auto =>
                schedule.EstimatedNanoseconds(expectedCount) < SilentSchedule.IknpNanoseconds(expectedCount),
            _ => throw new ArgumentOutOfRangeException(nameof(choice), choice, "Not a way to make transfers."),
        };
        _schedule = silent ? schedule : null;
    }

    /// <summary>Whether the ends extend silently.</summary>
    public bool IsSilent => _schedule is not null;

    /// <param name="connection">A public nonce that both parties contributed to.</param>
    /// <param name="label">Distinct for each direction of a connection.</param>
    /// <param name="randomness">For this end alone; disposed of with it.</param>
    public ICorrelatedOtSender CreateSender(
        IChannel channel, BaseOtChoices baseOts, ReadOnlySpan<byte> connection, string label, Prg randomness)
    {
        IknpSender iknp = new(channel, baseOts);
        if (_schedule is not null) return new SilentOtSender(channel, iknp, _schedule, connection, label, randomness);
        randomness.Dispose();
        return iknp;
    }

    /// <inheritdoc cref="CreateSender"/>
    public ICorrelatedOtReceiver CreateReceiver(
        IChannel channel, BaseOtPairs baseOts, ReadOnlySpan<byte> connection, string label, Prg randomness)
    {
        IknpReceiver iknp = new(channel, baseOts, randomness);
        return _schedule is null ? iknp : new SilentOtReceiver(channel, iknp, _schedule, connection, label);
    }
}
