using System.Collections.Immutable;
using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Harness;

/// <summary>Runs a plan between two servers and a dealer and compares every step with the clear reference.</summary>
internal static class TwoServersRun
{
    /// <summary>What a run gave, and what it took. Bytes online are those of both directions.</summary>
    public sealed record Outcome(PlanRun.Agreement Agreement, ImmutableArray<FloatTensor[]> Outputs, OpeningCost Stated,
        long OnlineBytes, long OnlineRounds, double PrepareSeconds, ImmutableArray<double> OnlineSeconds,
        long DealtFirst, long DealtSecond, double DealtSeconds);

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
        var outcome = ServerTrio.Run(program.Shapes, Serve, plan, ModelMasks.Sum(plan, firstMask, secondMask), rows.Count, seed, timeoutMs: timeoutMs);
        ImmutableArray<FloatTensor[]> outputs = [.. rows.Select((_, i) => QueryShares.Join(plan, outcome.First.Results[i], outcome.Second.Results[i]))];
        for (int step = 0; step < plan.Steps.Length; step++)
            if (plan.Steps[step].Writes >= 0) Round(program, plan.Steps[step].Writes, firstShares[step], secondShares[step]);
        return new Outcome(PlanRun.Compare(model, 1, firstShares, secondShares, outputs), outputs,
            program.Steps.Aggregate(default(OpeningCost), (sum, step) => sum + program.Cost(step)),
            outcome.First.Bytes, outcome.First.Rounds, outcome.First.Prepare, outcome.First.Online,
            outcome.DealtFirst, outcome.DealtSecond, outcome.DealtSeconds);

        Served Serve(IChannel dealer, ServerParty party)
        {
            WeightTensors weights = party.IsFirst ? ModelShares.First(plan, owner) : second;
            MaskedModel masked = MaskedModel.Open(party, plan, weights, ModelMasks.Share(plan, party.IsFirst ? firstMask : secondMask));
            ServerEngine engine = new(party, new ServerProgram(plan, masked));
            List<byte[]> results = [];
            List<double> online = [];
            double prepare = 0;
            ChannelCounters before = default;
            for (int i = 0; i < rows.Count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                using PreparedQuery query = engine.Prepare(new DealtSource(dealer, party.IsFirst));
                prepare = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (i == rows.Count - 1) engine.ShareObserver = (step, share) => (party.IsFirst ? firstShares : secondShares)[step] = [.. share];
                before = party.Peer.Counters;
                start = Stopwatch.GetTimestamp();
                ImmutableArray<uint[]> inputs = party.IsFirst ? QueryShares.First(plan, clients[i]) : QueryShares.Second(plan, uploads[i]);
                results.Add(QueryShares.PackResult(plan, engine.Run(query, inputs)));
                online.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            ChannelCounters after = party.Peer.Counters;
            return new Served([.. results], after.PayloadSent + after.PayloadReceived - before.PayloadSent - before.PayloadReceived,
                after.Rounds - before.Rounds, prepare, [.. online]);
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
        ComparisonMethod.Tables => ComparisonKinds.Tables, ComparisonMethod.Functions => ComparisonKinds.Functions, _ => ComparisonKinds.Prefix,
    });

    private sealed record Served(ImmutableArray<byte[]> Results, long Bytes, long Rounds, double Prepare, ImmutableArray<double> Online);
}
