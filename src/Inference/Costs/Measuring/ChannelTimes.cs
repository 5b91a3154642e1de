using System.Diagnostics;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Times messages between two threads of this process: what each takes, and how long a waiting party waits.</summary>
internal static class ChannelTimes
{
    private const ushort Tag = 1;
    private const int Pings = 3000, Batches = 60, BatchMessages = 200, SmallBytes = 16, StreamMessages = 256, StreamBytes = 64 * 1024;

    public static void Channels(IDictionary<Work, WorkCost> costs, Func<(IChannel Here, IChannel There)> connect)
    {
        (IChannel here, IChannel there) = connect();
        using (here)
        using (there)
        {
            Task peer = Task.Factory.StartNew(() => Answer(there), TaskCreationOptions.LongRunning);
            RoundTrips(here, Pings / 10);
            (double roundTrip, double cpu) = RoundTrips(here, Pings);
            (double sent, double received) = SmallMessages(here);
            (double byteSent, double byteReceived) = Stream(here);
            peer.Wait();
            costs[Work.MessageSent] = WorkCost.Of(sent, 0);
            costs[Work.MessageReceived] = WorkCost.Of(received, 0);
            costs[Work.ByteSent] = WorkCost.Of(0, byteSent);
            costs[Work.ByteReceived] = WorkCost.Of(0, byteReceived);
            // A side's part of a round trip: half of its computing is the flush, the rest of the time is on the way.
            double flush = Math.Max(0, cpu / 2 - sent - received);
            costs[Work.Flush] = WorkCost.Of(flush, 0);
            costs[Work.Wake] = WorkCost.Of(Math.Max(0, roundTrip / 2 - flush - sent - received), 0);
        }
    }

    /// <summary>The other side of everything below.</summary>
    private static void Answer(IChannel channel)
    {
        byte[] small = new byte[SmallBytes], large = new byte[StreamBytes];
        for (int i = 0; i < Pings / 10 + Pings; i++)
        {
            channel.Receive(Tag, small);
            channel.Send(Tag, small);
        }
        for (int batch = 0; batch < Batches; batch++)
        {
            for (int i = 0; i < BatchMessages; i++) channel.Receive(Tag, small);
            for (int i = 0; i < BatchMessages; i++) channel.Send(Tag, small);
        }
        for (int i = 0; i < StreamMessages; i++) channel.Receive(Tag, large);
        channel.Send(Tag, small);
        for (int i = 0; i < StreamMessages; i++) channel.Send(Tag, large);
        channel.Flush();
    }

    /// <summary>Wall-clock and computing of this side.</summary>
    private static (double Ns, double CpuNs) RoundTrips(IChannel channel, int count)
    {
        byte[] small = new byte[SmallBytes];
        List<double> seen = [];
        double cpu = ThreadClock.Now();
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            channel.Send(Tag, small);
            channel.Receive(Tag, small);
            seen.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
        cpu = (ThreadClock.Now() - cpu) / count;
        seen.Sort();
        return (seen[count / 3], cpu);
    }

    private static (double SentNs, double ReceivedNs) SmallMessages(IChannel channel)
    {
        byte[] small = new byte[SmallBytes];
        List<double> sent = [], received = [];
        for (int batch = 0; batch < Batches; batch++)
        {
            double start = ThreadClock.Now();
            for (int i = 0; i < BatchMessages; i++) channel.Send(Tag, small);
            sent.Add((ThreadClock.Now() - start) / BatchMessages);
            channel.Receive(Tag, small);
            start = ThreadClock.Now();
            for (int i = 1; i < BatchMessages; i++) channel.Receive(Tag, small);
            received.Add((ThreadClock.Now() - start) / (BatchMessages - 1));
        }
        sent.Sort();
        received.Sort();
        return (sent[Batches / 3], received[Batches / 3]);
    }

    /// <summary>What sending takes the process beyond the receiver's thread, and what receiving takes.</summary>
    private static (double SentNs, double ReceivedNs) Stream(IChannel channel)
    {
        const double Bytes = (double)StreamMessages * StreamBytes;
        byte[] small = new byte[SmallBytes], large = new byte[StreamBytes];
        double start = ThreadClock.Now();
        for (int i = 0; i < StreamMessages; i++) channel.Send(Tag, large);
        channel.Receive(Tag, small);
        double queued = ThreadClock.Now() - start, process = ProcessNs();
        start = ThreadClock.Now();
        for (int i = 0; i < StreamMessages; i++) channel.Receive(Tag, large);
        double received = ThreadClock.Now() - start;
        double sent = Math.Max(queued, ProcessNs() - process - received);
        return (sent / Bytes, received / Bytes);
    }

    private static double ProcessNs() => Environment.CpuUsage.TotalTime.TotalNanoseconds;
}
