using System.Diagnostics;
using Blindsight.Arithmetic;
using Blindsight.Harness;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;

namespace Blindsight.Unit.Transport;

/// <summary>Runs alone: it measures milliseconds.</summary>
[CollectionDefinition(nameof(LinkEmulationTests), DisableParallelization = true)]
public sealed class AloneForLinkEmulation;

[Collection(nameof(LinkEmulationTests))]
public sealed class LinkEmulationTests
{
    public static TheoryData<string> Profiles => ["lan", "wan", "mobile"];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_ping_takes_two_delays(string name)
    {
        LinkProfile profile = LinkProfile.Named(name);
        int pings = Math.Clamp((int)(100 / profile.DelayMs), 5, 500);
        double bestMs = double.MaxValue;
        TwoParties.Run(
            c =>
            {
                for (int i = 0; i < pings; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    c.Send(1, new byte[64]);
                    c.Receive(2, new byte[64]);
                    bestMs = Math.Min(bestMs, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            },
            c => { for (int i = 0; i < pings; i++) { c.Receive(1, new byte[64]); c.Send(2, new byte[64]); } },
            channels: LoopbackPair.Create(profile));
        Assert.InRange(bestMs, 2 * profile.DelayMs, 2 * profile.DelayMs + 1);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Bulk_data_takes_its_serialisation_time_in_both_directions_at_once(string name)
    {
        LinkProfile profile = LinkProfile.Named(name);
        byte[] sent = new byte[(int)(profile.BitsPerSecond / 8 * 0.04)];
        double expectedMs = 40 + profile.DelayMs;
        (long Start, long End)[] Exchange(IChannel channel)
        {
            byte[] received = new byte[sent.Length];
            (long, long)[] times = new (long, long)[15];
            for (int i = 0; i < times.Length; i++)
            {
                channel.Send(2, [0]);
                channel.Receive(2, new byte[1]);
                long start = Stopwatch.GetTimestamp();
                channel.Send(1, sent);
                channel.Receive(1, received);
                times[i] = (start, Stopwatch.GetTimestamp());
            }
            return times;
        }
        var result = TwoParties.Run(Exchange, Exchange, channels: LoopbackPair.Create(profile));
        double bestMs = result.First.Zip(result.Second, (a, b) =>
            Stopwatch.GetElapsedTime(Math.Min(a.Start, b.Start), Math.Max(a.End, b.End)).TotalMilliseconds).Min();
        Assert.InRange(bestMs, expectedMs, expectedMs * 1.8);
    }

    [Fact]
    public void Disposal_delivers_what_is_on_the_emulated_line()
    {
        byte[] sent = new byte[300_000];
        new Random(3).NextBytes(sent);
        var result = TwoParties.Run(
            c => { c.Send(1, sent); return 0; }, c => c.ReceiveUpTo(1, sent.Length),
            channels: LoopbackPair.Create(LinkProfile.Mobile));
        Assert.Equal(sent, result.Second);
    }

    [Fact]
    public void Cancellation_does_not_wait_for_the_line()
    {
        using CancellationTokenSource source = new();
        (IChannel first, IChannel second) = LoopbackPair.Create(LinkProfile.Mobile, firstCancellation: source.Token);
        using (first)
        using (second)
        {
            first.Send(1, new byte[20 << 20]);
            source.CancelAfter(30);
            Assert.Throws<OperationCanceledException>(() => first.Receive(2, new byte[1]));
        }
    }

    [Fact]
    public void An_unknown_link_names_the_known_ones() =>
        Assert.Contains("mobile", Assert.Throws<ParameterException>(() => LinkProfile.Named("moon")).Message);
}
