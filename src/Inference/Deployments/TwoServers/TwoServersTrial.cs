using System.Collections.Immutable;
using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>
/// Two servers and a dealer within this process, a thread each, over channels in memory or a given link between the servers, and owner and client
/// before and after: to measure, and to warm up. One query at a time; what each phase takes is the longer of both servers' times.
/// </summary>
public sealed class TwoServersTrial : IDisposable
{
    private const int TimeoutMs = 600_000;

    private readonly InferencePlan _plan;
    private readonly Prg _randomness = Prg.FromSystem();
    private readonly (FramedChannel First, FramedChannel Second) _peers, _toFirst, _toSecond;
    private readonly ImmutableArray<CorrelationShape> _shapes;
    private readonly Dealer _dealer;
    private readonly ServerEngine _first, _second;
    private ulong _queries;

    /// <summary>Splits the model, and has the servers open its masked weights.</summary>
    /// <param name="peers">Opens both ends of the link between the servers, which the trial then owns; in memory where null.</param>
    /// <exception cref="Arithmetic.ParameterException">The plan is for another deployment.</exception>
    public TwoServersTrial(QuantizedModel model, Func<ChannelOptions, (FramedChannel First, FramedChannel Second)>? peers = null)
    {
        _plan = model.Plan;
        _shapes = new ServerProgram(_plan, null).Shapes;
        ChannelOptions options = ChannelOptions.Default with { TimeoutMs = TimeoutMs };
        _peers = peers?.Invoke(options) ?? InMemoryChannel.CreatePair(options);
        (_toFirst, _toSecond) = (InMemoryChannel.CreatePair(options), InMemoryChannel.CreatePair(options));
        byte[] owner = Seed(), firstMask = Seed(), secondMask = Seed();
        _dealer = new Dealer(_plan, _shapes, ModelMasks.Sum(_plan, firstMask, secondMask));
        WeightTensors secondShare = ModelShares.Second(model, owner);
        (_first, _second) = Together(
            () => Engine(new ServerParty(true, _peers.First), ModelShares.First(_plan, owner), firstMask),
            () => Engine(new ServerParty(false, _peers.Second), secondShare, secondMask));
    }

    /// <summary>Runs a tiny network once by a way of comparing, so that the just-in-time compiler has seen the protocols' code.</summary>
    /// <param name="comparison">Null stands for all of the deployment's.</param>
    /// <returns>The seconds that it took.</returns>
    public static double WarmUp(string? comparison = null)
    {
        long start = Stopwatch.GetTimestamp();
        // The reference profile has not every step of the network; what it has is the adder's code.
        string[] kinds = comparison is null ? ComparisonKinds.Of(DeploymentKinds.TwoServers) : [comparison];
        foreach (string one in kinds.Select(kind => kind == ComparisonKinds.Sonic ? ComparisonKinds.Prefix : kind).Distinct())
        {
            using TwoServersTrial trial = new(Outsourced(Sessions.WarmUp.Network(ComparisonKinds.Transfers), one));
            trial.Run(Sessions.WarmUp.Input);
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The same network under a plan for two servers.</summary>
    /// <param name="comparison">One of the deployment's.</param>
    public static QuantizedModel Outsourced(QuantizedModel model, string comparison) =>
        model with { Plan = model.Plan with { Deployment = DeploymentKinds.TwoServers, Comparison = comparison } };

    /// <summary>One query with fresh correlations.</summary>
    /// <param name="inputs">One for each input of the plan.</param>
    public TwoServersReport Run(FloatTensor[] inputs)
    {
        byte[] client = Seed(), upload = QueryShares.Split(_plan, inputs, client);
        long dealtFirst = _toFirst.First.Counters.PayloadSent, dealtSecond = _toSecond.First.Counters.PayloadSent, start = Stopwatch.GetTimestamp();
        double dealSeconds = 0;
        Task dealing = Task.Factory.StartNew(Deal, TaskCreationOptions.LongRunning);
        // What fits the channels is dealt before the servers begin, so that times do not mix.
        long dealt = _shapes.Sum(shape => (long)shape.CorrectionBytes + shape.CommonBytes);
        if (dealt < ChannelOptions.Default.MaximumQueuedBytes / 2) dealing.Wait();
        (Timed<PreparedQuery> firstQuery, Timed<PreparedQuery> secondQuery) =
            Together(() => Time(() => _first.Prepare(new DealtSource(_toFirst.Second, true))),
                () => Time(() => _second.Prepare(new DealtSource(_toSecond.Second, false))));
        dealing.Wait();
        ChannelCounters before = _peers.First.Counters;
        using PreparedQuery firstPrepared = firstQuery.Result, secondPrepared = secondQuery.Result;
        (Timed<byte[]> first, Timed<byte[]> second) = Together(
            () => Time(() => QueryShares.PackResult(_plan, _first.Run(firstPrepared, QueryShares.First(_plan, client)))),
            () => Time(() => QueryShares.PackResult(_plan, _second.Run(secondPrepared, QueryShares.Second(_plan, upload)))));
        ChannelCounters after = _peers.First.Counters;
        return new TwoServersReport(QueryShares.Join(_plan, first.Result, second.Result),
            dealSeconds, Math.Max(firstQuery.Seconds, secondQuery.Seconds), Math.Max(first.Seconds, second.Seconds),
            _toFirst.First.Counters.PayloadSent - dealtFirst, _toSecond.First.Counters.PayloadSent - dealtSecond,
            after.PayloadSent + after.PayloadReceived - before.PayloadSent - before.PayloadReceived, after.Rounds - before.Rounds);

        void Deal()
        {
            using QuerySeeds seeds = QuerySeeds.Draw(_randomness, ++_queries);
            _dealer.Deal(seeds, _toFirst.First, _toSecond.First);
            dealSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    public void Dispose()
    {
        foreach ((FramedChannel one, FramedChannel other) in new[] { _peers, _toFirst, _toSecond })
        {
            one.Dispose();
            other.Dispose();
        }
        _randomness.Dispose();
    }

    private ServerEngine Engine(ServerParty party, WeightTensors share, byte[] maskSeed) =>
        new(party, new ServerProgram(_plan, MaskedModel.Open(party, _plan, share, ModelMasks.Share(_plan, maskSeed))));

    private byte[] Seed()
    {
        byte[] seed = new byte[DealtStream.SeedBytes];
        _randomness.Fill(seed);
        return seed;
    }

    /// <summary>Both servers at once, the first on this thread. A fault of one breaks the link, so that neither waits for the other.</summary>
    private (T First, T Second) Together<T>(Func<T> first, Func<T> second)
    {
        Task<T> other = Task.Factory.StartNew(() => OrAbort(second, _peers.Second), TaskCreationOptions.LongRunning);
        T mine = OrAbort(first, _peers.First);
        return (mine, other.GetAwaiter().GetResult());
    }

    private static T OrAbort<T>(Func<T> work, FramedChannel channel)
    {
        try
        {
            return work();
        }
        catch
        {
            channel.Abort();
            throw;
        }
    }

    private static Timed<T> Time<T>(Func<T> work)
    {
        long start = Stopwatch.GetTimestamp();
        return new Timed<T>(work(), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private sealed record Timed<T>(T Result, double Seconds);
}

/// <summary>What one query of a <see cref="TwoServersTrial"/> gave and took.</summary>
/// <param name="Outputs">One for each output of the plan, after the client's post-operations.</param>
/// <param name="DealtFirst">Bytes from the dealer to the first server.</param>
/// <param name="OnlineBytes">Between the servers, both directions.</param>
public sealed record TwoServersReport(FloatTensor[] Outputs, double DealSeconds, double PrepareSeconds, double OnlineSeconds,
    long DealtFirst, long DealtSecond, long OnlineBytes, long OnlineRounds);
