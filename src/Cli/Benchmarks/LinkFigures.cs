using System.Diagnostics;
using Blindsight.Mpc.Channels;

namespace Blindsight.Cli.Benchmarks;

/// <summary>What a link does: its round trip and the rate of a stream one way.</summary>
internal readonly record struct LinkFigures(double RoundTripMs, double MegabitsPerSecond)
{
    private const ushort Tag = 1;
    private const int Pings = 15, StreamBytes = 4 << 20;

    /// <summary>Measures between two ends in this process, and closes them.</summary>
    public static LinkFigures Measure((IChannel Here, IChannel There) ends)
    {
        using IChannel here = ends.Here, there = ends.There;
        byte[] small = new byte[1], large = new byte[StreamBytes], received = new byte[StreamBytes];
        Task peer = Task.Factory.StartNew(() =>
        {
            byte[] own = new byte[1];
            for (int i = 0; i < Pings; i++)
            {
                there.Receive(Tag, own);
                there.Send(Tag, own);
            }
            there.Receive(Tag, received);
            there.Send(Tag, own);
            there.Flush();
        }, TaskCreationOptions.LongRunning);
        double[] trips = [.. Enumerable.Range(0, Pings).Select(_ => Trip(here, small, small)).Order()];
        double roundTrip = trips[Pings / 2], stream = Trip(here, large, small) - roundTrip;
        peer.Wait();
        return new LinkFigures(1000 * roundTrip, 8e-6 * StreamBytes / Math.Max(stream, 1e-9));
    }

    private static double Trip(IChannel channel, byte[] sent, byte[] received)
    {
        long start = Stopwatch.GetTimestamp();
        channel.Send(Tag, sent);
        channel.Receive(Tag, received);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
