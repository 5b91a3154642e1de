using Blindsight.Mpc;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>Counted traffic in the form in which protocols declare it.</summary>
public static class Counted
{
    /// <summary>The traffic at one end, whose owner is the first party.</summary>
    public static ProtocolCost Cost(ChannelCounters counters) => new(
        counters.PayloadSent, counters.PayloadReceived, counters.MessagesSent, counters.MessagesReceived, counters.Rounds);
}
