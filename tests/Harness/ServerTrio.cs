using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>Two servers and a dealer in the test's process, each on a thread of its own, over in-memory channels.</summary>
internal static class ServerTrio
{
    /// <param name="DealtFirst">What the dealer sent to the first server.</param>
    public sealed record Outcome<T>(
        T First, T Second, ChannelCounters FirstCounters, ChannelCounters SecondCounters, long DealtFirst, long DealtSecond, double DealtSeconds);

    /// <summary>Runs both servers on what the dealer deals for the shapes of one query.</summary>
    public static Outcome<T> Run<T>(
        ImmutableArray<CorrelationShape> shapes, Func<ServerParty, ICorrelationSource, T> server, ulong seed = 1,
        (IChannel First, IChannel Second)? channels = null, int timeoutMs = TwoParties.DefaultTimeoutMs) =>
        Run(shapes, (dealer, party) =>
        {
            using DealtSource source = new(dealer, party.IsFirst);
            return server(party, source);
        }, seed: seed, channels: channels, timeoutMs: timeoutMs);

    /// <summary>Runs both servers with their links to a dealer that deals <paramref name="queries"/> times.</summary>
    public static Outcome<T> Run<T>(
        ImmutableArray<CorrelationShape> shapes, Func<IChannel, ServerParty, T> server, InferencePlan? plan = null, WeightTensors? masks = null,
        int queries = 1, ulong seed = 1, (IChannel First, IChannel Second)? channels = null, int timeoutMs = TwoParties.DefaultTimeoutMs)
    {
        (FramedChannel dealerFirst, FramedChannel first) = InMemoryChannel.CreatePair();
        (FramedChannel dealerSecond, FramedChannel second) = InMemoryChannel.CreatePair();
        double seconds = 0;
        Exception? fault = null;
        Thread dealing = new(() =>
        {
            try
            {
                using Prg randomness = Prg.Derive([], "dealer", seed);
                Dealer dealer = new(plan!, shapes, masks!);
                long start = System.Diagnostics.Stopwatch.GetTimestamp();
                for (int query = 0; query < queries; query++)
                {
                    using QuerySeeds seeds = QuerySeeds.Draw(randomness, (ulong)query + 1);
                    dealer.Deal(seeds, dealerFirst, dealerSecond);
                }
                seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
            catch (Exception caught)
            {
                fault = caught;
                dealerFirst.Abort();
                dealerSecond.Abort();
            }
        }) { IsBackground = true, Name = "dealer" };
        dealing.Start();
        try
        {
            TwoPartyResult<T, T> result = TwoParties.Run(
                channel => server(first, new ServerParty(true, channel)), channel => server(second, new ServerParty(false, channel)), timeoutMs, channels);
            dealing.Join();
            return new(result.First, result.Second, result.FirstCounters, result.SecondCounters,
                dealerFirst.Counters.PayloadSent, dealerSecond.Counters.PayloadSent, seconds);
        }
        catch (Exception consequence) when (fault is not null)
        {
            throw new AggregateException(fault, consequence);
        }
        finally
        {
            foreach (FramedChannel channel in new[] { first, second, dealerFirst, dealerSecond }) channel.Dispose();
        }
    }
}
