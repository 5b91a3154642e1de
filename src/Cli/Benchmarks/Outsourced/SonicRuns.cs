using Blindsight.Cli.Benchmarks.Networks;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Benchmarks.Outsourced;

/// <summary>Runs a prepared network's rows in either deployment.</summary>
internal static class SonicRuns
{
    /// <summary>Queries before those that are measured: code is compiled on the way.</summary>
    private const int UnmeasuredQueries = 3;

    /// <summary>
    /// Between two servers, and a dealer but for transfers, a thread each in this process, the servers over TCP on this machine; a query at a time.
    /// </summary>
    /// <param name="network">Compiled for two servers, for any comparison.</param>
    public static SonicFigure TwoServers(
        NetworkCase network, string comparison, string link, int repetitions, Action<int> begun, CancellationToken cancellation)
    {
        Graph graph = ModelFiles.Model(network.Model);
        QuantizedModel model = TwoServersTrial.Outsourced(PlanCompiler.Quantize(graph, ModelFiles.Plan(network.Plan)), comparison);
        FloatTensor[][] inputs = ModelFiles.Inputs(
            ModelFiles.Samples(network.Input, "input"), new RowRange(network.Rows[0], network.Rows[^1]), model.Plan.Card, ModelFiles.Ports(graph));
        LinkProfile profile = LinkProfile.Named(link);
        using TwoServersTrial trial = new(model, options => LoopbackPeers.Open(profile, options));
        List<SonicCost> costs = [];
        List<Predicted> predictions = [];
        for (int query = -UnmeasuredQueries; query < repetitions; query++)
        {
            cancellation.ThrowIfCancellationRequested();
            begun(Math.Max(query, 0));
            int index = Math.Max(query, 0) % inputs.Length;
            TwoServersReport report = trial.Run(inputs[index]);
            predictions.Add(new Predicted(
                network.Rows[index], [.. report.Outputs.SelectMany(output => output.Data)], TopOne.Of(model.Plan, report.Outputs)));
            if (query < 0) continue;
            costs.Add(comparison == ComparisonKinds.Transfers
                ? new SonicCost(report.OnlineSeconds, report.Online.Bytes, report.Online.Rounds, report.PrepareSeconds, report.Prepared.Bytes, null)
                : new SonicCost(report.OnlineSeconds, report.Online.Bytes, report.Online.Rounds, report.DealSeconds,
                    report.DealtFirst + report.DealtSecond, report.PrepareSeconds));
        }
        return SonicFigure.Of(network, comparison, link, costs, predictions);
    }

    /// <summary>Between a client's and a server's process.</summary>
    /// <param name="network">Compiled for client and server.</param>
    public static SonicFigure ClientServer(
        NetworkCase network, string comparison, string link, int repetitions, Action<int> begun, CancellationToken cancellation)
    {
        List<SonicCost> costs = [];
        List<Predicted> predictions = [];
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            begun(repetition);
            int row = network.Rows[repetition % network.Rows.Length];
            TwoProcessResult result = TwoProcesses.Run(
                new TwoProcessSpec(network.Model, network.Plan, null, network.Input, $"{row}", link, 1, 1, Confinement.Supported) { Insecure = true },
                _ => { }, cancellation);
            predictions.AddRange(result.Predictions);
            costs.Add(new SonicCost(result.Client.Online.Seconds, result.Client.Online.Bytes, result.Client.Online.Rounds,
                result.Client.Offline.Seconds, result.Client.Offline.Bytes, null));
        }
        return SonicFigure.Of(network, comparison, link, costs, predictions);
    }
}
