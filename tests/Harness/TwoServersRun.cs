using System.Collections.Immutable;
using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Joint;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Harness;

/// <summary>Runs a plan between two servers, and a dealer where the plan needs one, and compares every step with the clear reference.</summary>
internal static class TwoServersRun
{
    /// <summary>What a run gave, and what it took.</summary>
    /// <param name="Stated">What the steps of a query send, as they say themselves.</param>
    /// <param name="Online">What the servers sent in the last query.</param>
    public sealed record Outcome(PlanRun.Agreement Agreement, ImmutableArray<FloatTensor[]> Outputs, ServerTraffic Stated, ServerTraffic Online,
        ServerTraffic Prepared, double PrepareSeconds, ImmutableArray<double> OnlineSeconds, long DealtFirst, long DealtSecond, double DealtSeconds)
    {
        /// <summary>
        /// Whether a query sent what is stated, to the byte. Without a dealer the first message of a query may join the last of its preparation,
        /// which is one round less.
        /// </summary>
        public bool CostsWhatIsStated => Online with { Rounds = Stated.Rounds } == Stated
            && (Online.Rounds == Stated.Rounds || DealtSecond == 0 && Online.Rounds == Stated.Rounds - 1);
    }

    /// <summary>Runs one query for each row, one after the other, with fresh correlations each.</summary>
    public static Outcome Run(QuantizedModel model, ComparisonMethod method, IReadOnlyList<FloatTensor[]> rows, ulong seed = 1, int timeoutMs = 60_000) =>
        Run(Under(model, method), rows, seed, timeoutMs);

    /// <summary>The same for a model under a plan for two servers.</summary>
    public static Outcome Run(QuantizedModel model, IReadOnlyList<FloatTensor[]> rows, ulong seed = 1, int timeoutMs = 60_000)
    {
        InferencePlan plan = model.Plan;
        using Prg prg = Prg.Derive([], "two servers", seed);
        byte[] Seed()
        {
            byte[] bytes = new byte[DealtStream.SeedBytes];
            prg.Fill(bytes);
            return bytes;
        }
        byte[] owner = Seed(), firstMask = Seed(), secondMask = Seed();
        byte[][] clients = [.. rows.Select(_ => Seed())];
        byte[][] uploads = [.. rows.Select((row, i) => QueryShares.Split(plan, row, clients[i]))];
        WeightTensors second = ModelShares.Second(model, owner);
        Dictionary<int, uint[]> firstShares = [], secondShares = [];
        ServerProgram program = new(plan, null);
        Tally stated = Tally.Of(program.Run);
        using Barrier ends = new(2);
        ServerTrio.Outcome<Served> outcome = plan.Comparison == ComparisonKinds.Transfers ? WithoutDealer()
            : ServerTrio.Run(program.Shapes, Serve, plan, ModelMasks.Sum(plan, firstMask, secondMask), rows.Count, seed, timeoutMs: timeoutMs);
        ImmutableArray<FloatTensor[]> outputs = [.. rows.Select((_, i) => QueryShares.Join(plan, outcome.First.Results[i], outcome.Second.Results[i]))];
        for (int step = 0; step < plan.Steps.Length; step++)
            if (plan.Steps[step].Writes >= 0) Round(program, plan.Steps[step].Writes, firstShares[step], secondShares[step]);
        return new Outcome(PlanRun.Compare(model, 1, firstShares, secondShares, outputs), outputs,
            new ServerTraffic(stated.ServerToClient, stated.ClientToServer, stated.Rounds),
            outcome.First.Online, outcome.First.Prepared, outcome.First.PrepareSeconds, outcome.First.OnlineSeconds,
            outcome.DealtFirst, outcome.DealtSecond, outcome.DealtSeconds);

        ServerTrio.Outcome<Served> WithoutDealer()
        {
            TwoPartyResult<Served, Served> result = TwoParties.Run(
                channel => Prepare(new ServerParty(true, channel)), channel => Prepare(new ServerParty(false, channel)), timeoutMs);
            return new(result.First, result.Second, result.FirstCounters, result.SecondCounters, 0, 0, 0);
        }

        Served Prepare(ServerParty party)
        {
            WeightTensors weights = Weights(party);
            using JointModel joint = new(plan, weights);
            using JointPreparation preparation = JointPreparation.Connect(party, joint, Prg.Derive([], party.IsFirst ? "first server" : "second server", seed));
            return Queries(party, MaskedModel.Unopened(weights), preparation.Next);
        }

        Served Serve(IChannel dealer, ServerParty party) => Queries(party,
            MaskedModel.Open(party, plan, Weights(party), ModelMasks.Share(plan, party.IsFirst ? firstMask : secondMask)),
            () => new DealtSource(dealer, party.IsFirst));

        WeightTensors Weights(ServerParty party) => party.IsFirst ? ModelShares.First(plan, owner) : second;

        Served Queries(ServerParty party, MaskedModel masked, Func<ICorrelationSource> source)
        {
            ServerEngine engine = new(party, new ServerProgram(plan, masked));
            List<byte[]> results = [];
            List<double> online = [];
            double prepare = 0;
            ChannelCounters start = default, before = default;
            for (int i = 0; i < rows.Count; i++)
            {
                long time = Stopwatch.GetTimestamp();
                start = party.Peer.Counters;
                using PreparedQuery query = engine.Prepare(source());
                prepare = Stopwatch.GetElapsedTime(time).TotalSeconds;
                if (i == rows.Count - 1) engine.ShareObserver = (step, share) => (party.IsFirst ? firstShares : secondShares)[step] = [.. share];
                before = party.Peer.Counters;
                time = Stopwatch.GetTimestamp();
                ImmutableArray<uint[]> inputs = party.IsFirst ? QueryShares.First(plan, clients[i]) : QueryShares.Second(plan, uploads[i]);
                results.Add(QueryShares.PackResult(plan, engine.Run(query, inputs)));
                online.Add(Stopwatch.GetElapsedTime(time).TotalSeconds);
                // Neither server may need the other to do anything after its query.
                if (!ends.SignalAndWait(timeoutMs)) throw new TimeoutException("One server ended its query while the other still waits.");
            }
            return new Served([.. results], Between(before, party.Peer.Counters), Between(start, before), prepare, [.. online]);
        }
    }

    /// <summary>Brings accumulators that wait for their truncation to their tensor's scale.</summary>
    private static void Round(ServerProgram program, int tensor, uint[] first, uint[] second)
    {
        ImmutableArray<int> shifts = program.WaitingShifts(tensor);
        if (shifts.IsEmpty) return;
        for (int i = 0; i < first.Length; i++)
        {
            int shift = shifts[i / (first.Length / shifts.Length)];
            first[i] = (uint)(((long)(int)(first[i] + second[i]) + (1L << shift >> 1)) >> shift);
            second[i] = 0;
        }
    }

    /// <summary>The same network under a plan for two servers.</summary>
    public static QuantizedModel Under(QuantizedModel model, ComparisonMethod method) => TwoServersTrial.Outsourced(model, method switch
    {
        ComparisonMethod.Tables => ComparisonKinds.Tables, ComparisonMethod.Functions => ComparisonKinds.Functions,
        ComparisonMethod.Transfers => ComparisonKinds.Transfers, _ => ComparisonKinds.Prefix,
    });

    /// <summary>Of the first server's counters.</summary>
    private static ServerTraffic Between(ChannelCounters from, ChannelCounters to) => new(
        to.PayloadSent - from.PayloadSent, to.PayloadReceived - from.PayloadReceived, to.Rounds - from.Rounds);

    private sealed record Served(
        ImmutableArray<byte[]> Results, ServerTraffic Online, ServerTraffic Prepared, double PrepareSeconds, ImmutableArray<double> OnlineSeconds);
}
