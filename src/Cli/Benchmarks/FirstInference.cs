using Blindsight.Cli.Benchmarks.Networks;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Costs.Measuring;
using Blindsight.Inference.Sessions;
using Blindsight.Training;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Benchmarks;

/// <summary>What the first inference of two fresh processes takes beyond its parts: measured on the demonstration's network.</summary>
internal static class FirstInference
{
    private const int Repetitions = 5;

    public static MachineCosts Add(MachineCosts costs, ProgressLine progress, CancellationToken cancellation)
    {
        DemoFiles files = DemoFiles.Find();
        Graph graph = ModelFiles.Model(files.Model);
        CompileOptions options = new() { Card = ModelFiles.Card(null, files.Model) };
        InferencePlan plan = ModelFiles.Compile(graph, files.Calibration, null, options, null).Plan;
        SessionReport predicted = new CostModel(costs).Predict(plan, LinkSpeeds.Of(LinkProfile.None));
        using TemporaryFolder folder = new();
        string planFile = Path.Combine(folder.Path, "plan");
        AtomicFile.Write(planFile, stream => stream.Write(PlanSerializer.Serialize(plan)));
        List<Finished> seen = [];
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            progress.Show($"measuring first inferences, {repetition + 1}/{Repetitions}");
            TwoProcessSpec spec = new(files.Model, planFile, null, files.Digits, "0", LinkProfile.None.Name, 1, 1, Confinement.Supported) { Insecure = true };
            seen.Add(TwoProcesses.Run(spec, _ => { }, cancellation).Client);
        }
        return MachineMeasurement.WithFresh(costs, Spread.Of(seen.Select(client => client.Offline.Seconds)).Median - predicted.Offline.Seconds,
            Spread.Of(seen.Select(client => client.Online.Seconds)).Median - predicted.Online.Seconds);
    }
}
