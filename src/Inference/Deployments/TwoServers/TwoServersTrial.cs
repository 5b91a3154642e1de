using System.Collections.Immutable;
using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Joint;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>
/// Two servers, and a dealer where the plan needs one, within this process, a thread each, over channels in memory or a given link between the
/// servers, and owner and client before and after: to measure, and to warm up. One query at a time; what each phase takes is the longer of both servers'
/// times.
/// </summary>
public sealed class TwoServersTrial : IDisposable
{
    private const int TimeoutMs = 600_000;

    private readonly InferencePlan _plan;
    private readonly Prg _randomness = Prg.FromSystem();
    private readonly (FramedChannel First, FramedChannel Second) _peers, _toFirst, _toSecond;
    private readonly ImmutableArray<CorrelationShape> _shapes;
    private readonly Dealer? _dealer;
    private readonly (JointPreparation First, JointPreparation Second)? _joint;
    private readonly List<JointModel> _models = [];
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
        if (_plan.Comparison == ComparisonKinds.Transfers)
        {
            WeightTensors first = ModelShares.First(_plan, owner), second = ModelShares.Second(model, owner);
            (_first, _second) = (Engine(new ServerParty(true, _peers.First), MaskedModel.Unopened(first)),
                Engine(new ServerParty(false, _peers.Second), MaskedModel.Unopened(second)));
            _joint = Together(() => Connect(new ServerParty(true, _peers.First), first), () => Connect(new ServerParty(false, _peers.Second), second));
            return;
        }
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
        long dealtFirst = _toFirst.First.Counters.PayloadSent, dealtSecond = _toSecond.First.Counters.PayloadSent;
        ChannelCounters start = _peers.First.Counters;
        Task<double> dealing = Deal();
        (Timed<PreparedQuery> firstQuery, Timed<PreparedQuery> secondQuery) =
            Together(() => Time(() => _first.Prepare(_joint?.First.Next() as ICorrelationSource ?? new DealtSource(_toFirst.Second, true))),
                () => Time(() => _second.Prepare(_joint?.Second.Next() as ICorrelationSource ?? new DealtSource(_toSecond.Second, false))));
        double dealSeconds = dealing.GetAwaiter().GetResult();
        ChannelCounters before = _peers.First.Counters;
        using PreparedQuery firstPrepared = firstQuery.Result, secondPrepared = secondQuery.Result;
        (Timed<byte[]> first, Timed<byte[]> second) = Together(
            () => Time(() => QueryShares.PackResult(_plan, _first.Run(firstPrepared, QueryShares.First(_plan, client)))),
            () => Time(() => QueryShares.PackResult(_plan, _second.Run(secondPrepared, QueryShares.Second(_plan, upload)))));
        return new TwoServersReport(QueryShares.Join(_plan, first.Result, second.Result),
            dealSeconds, Math.Max(firstQuery.Seconds, secondQuery.Seconds), Math.Max(first.Seconds, second.Seconds),
            _toFirst.First.Counters.PayloadSent - dealtFirst, _toSecond.First.Counters.PayloadSent - dealtSecond,
            Between(start, before), Between(before, _peers.First.Counters));
    }

    public void Dispose()
    {
        _joint?.First.Dispose();
        _joint?.Second.Dispose();
        foreach (JointModel model in _models) model.Dispose();
        foreach ((FramedChannel one, FramedChannel other) in new[] { _peers, _toFirst, _toSecond })
        {
            one.Dispose();
            other.Dispose();
        }
        _randomness.Dispose();
    }

    /// <summary>Deals for a query, if anybody does: the seconds that it takes.</summary>
    private Task<double> Deal()
    {
        if (_dealer is null) return Task.FromResult(0.0);
        Task<double> dealing = Task.Factory.StartNew(() =>
        {
            long start = Stopwatch.GetTimestamp();
            using QuerySeeds seeds = QuerySeeds.Draw(_randomness, ++_queries);
            _dealer.Deal(seeds, _toFirst.First, _toSecond.First);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }, TaskCreationOptions.LongRunning);
        // What fits the channels is dealt before the servers begin, so that times do not mix.
        long dealt = _shapes.Sum(shape => (long)shape.CorrectionBytes + shape.CommonBytes);
        if (dealt < ChannelOptions.Default.MaximumQueuedBytes / 2) dealing.Wait();
        return dealing;
    }

    private JointPreparation Connect(ServerParty party, WeightTensors share)
    {
        JointModel model = new(_plan, share);
        lock (_models) _models.Add(model);
        return JointPreparation.Connect(party, model, Prg.FromSystem());
    }

    private ServerEngine Engine(ServerParty party, MaskedModel model) => new(party, new ServerProgram(_plan, model));

    private ServerEngine Engine(ServerParty party, WeightTensors share, byte[] maskSeed) =>
        Engine(party, MaskedModel.Open(party, _plan, share, ModelMasks.Share(_plan, maskSeed)));

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

    private static ServerTraffic Between(ChannelCounters from, ChannelCounters to) => new(
        to.PayloadSent - from.PayloadSent, to.PayloadReceived - from.PayloadReceived, to.Rounds - from.Rounds);

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
/// <param name="Prepared">Between the servers before the input.</param>
/// <param name="Online">Between the servers.</param>
public sealed record TwoServersReport(FloatTensor[] Outputs, double DealSeconds, double PrepareSeconds, double OnlineSeconds,
    long DealtFirst, long DealtSecond, ServerTraffic Prepared, ServerTraffic Online);

/// <summary>Payload between two servers.</summary>
/// <param name="Rounds">The longest chain of messages.</param>
public sealed record ServerTraffic(long BytesFromFirst, long BytesFromSecond, long Rounds)
{
    /// <summary>Of both directions.</summary>
    public long Bytes => BytesFromFirst + BytesFromSecond;
}
