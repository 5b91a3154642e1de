using System.Collections.Immutable;

namespace Blindsight.Inference.Sessions;

/// <summary>Time and traffic of one phase, with framing, at one party.</summary>
/// <param name="Seconds">Wall-clock.</param>
/// <param name="Rounds">As <see cref="Blindsight.Mpc.Channels.ChannelCounters.Rounds"/>.</param>
public readonly record struct PhaseCost(double Seconds, long Rounds, long BytesSent, long BytesReceived)
{
    public long Bytes => BytesSent + BytesReceived;

    public static PhaseCost operator +(PhaseCost a, PhaseCost b) => new(
        a.Seconds + b.Seconds, a.Rounds + b.Rounds, a.BytesSent + b.BytesSent, a.BytesReceived + b.BytesReceived);
}

/// <summary>What one step of the plan has cost so far.</summary>
/// <param name="Kind">As in <see cref="Blindsight.Compiler.Plans.PlanTable.Kind"/>.</param>
public readonly record struct LayerCost(string Name, string Kind, PhaseCost Offline, PhaseCost Online);

/// <summary>
/// What the inferences of a session have cost so far, sums over all rows. Offline covers the set-up and all preparation
/// that these inferences consumed; what lies prepared and unused is not in it.
/// </summary>
/// <param name="Setup">Keys and base transfers; part of Offline.</param>
public sealed record SessionReport(
    int Rows, PhaseCost Offline, PhaseCost Online, PhaseCost Setup, ImmutableArray<LayerCost> Layers);
