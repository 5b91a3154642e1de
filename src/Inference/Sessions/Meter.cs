using System.Diagnostics;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>Reads clock and counters of a channel between two moments.</summary>
internal struct Meter(IChannel channel)
{
    private ChannelCounters _counters = channel.Counters;
    private long _start = Stopwatch.GetTimestamp();

    /// <summary>The cost since the last lap, or since construction.</summary>
    public PhaseCost Lap()
    {
        ChannelCounters now = channel.Counters, spent = now - _counters;
        long time = Stopwatch.GetTimestamp();
        PhaseCost cost = new(Stopwatch.GetElapsedTime(_start, time).TotalSeconds, spent.Rounds, spent.BytesSent, spent.BytesReceived);
        (_counters, _start) = (now, time);
        return cost;
    }
}
