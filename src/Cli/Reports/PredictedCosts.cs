using Blindsight.Arithmetic;
using Blindsight.Cli.Files;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Sessions;
using Blindsight.Transport.Emulation;
using Spectre.Console;

namespace Blindsight.Cli.Reports;

/// <summary>What a model would cost by link and protocol of comparison, before anything is known of its data.</summary>
internal static class PredictedCosts
{
    private const int Seed = 1;

    /// <summary>Writes a table. Plans are compiled at default widths from one row of uniform numbers.</summary>
    public static void Write(Graph graph, MachineCosts costs, TextWriter output)
    {
        CostModel model = new(costs);
        Table table = Tables.New("comparison", "link", "offline s", "online s", "rounds", "client to server", "server to client");
        Table outsourced = Tables.New("comparison", "link", "dealer and preparation s", "online s", "rounds", "between servers", "from the dealer");
        for (int column = 2; column < table.Columns.Count; column++)
        {
            table.Columns[column].RightAligned();
            outsourced.Columns[column].RightAligned();
        }
        try
        {
            foreach (string comparison in ComparisonKinds.All)
            {
                InferencePlan plan = Compile(graph, DeploymentKinds.ClientServer, comparison);
                foreach (LinkProfile link in LinkProfile.All) Add(table, comparison, link, model.Predict(plan, LinkSpeeds.Of(link)));
            }
            InferencePlan shared = Compile(graph, DeploymentKinds.TwoServers, ComparisonKinds.Tables);
            foreach (string comparison in (string[])[ComparisonKinds.Tables, ComparisonKinds.Functions])
                foreach (LinkProfile link in LinkProfile.All)
                    AddShared(outsourced, comparison, link, model.Predict(shared with { Comparison = comparison }, LinkSpeeds.Of(link)));
        }
        catch (Exception fault) when (fault is ParameterException or GraphException)
        {
            output.WriteLine($"No cost is predicted: at default widths {fault.Message}");
            return;
        }
        output.WriteLine("Predicted cost of one row, an estimate at default widths (calibration may change them), one thread each:");
        Tables.Write(table, output);
        output.WriteLine("The same between two servers, prepared with a dealer before:");
        Tables.Write(outsourced, output);
        output.WriteLine(costs.IsNominal
            ? "Seconds are those of a nominal machine; 'blindsight measure' measures this one." : $"Seconds are those of: {costs.Machine}.");
    }

    private static void Add(Table table, string comparison, LinkProfile link, SessionReport report)
    {
        PhaseCost both = report.Offline + report.Online;
        Tables.Add(table, comparison, link.Name, $"{report.Offline.Seconds:f2}", $"{report.Online.Seconds:f2}", $"{both.Rounds:n0}",
            $"{both.BytesSent / 1e6:n1} MB", $"{both.BytesReceived / 1e6:n1} MB");
    }

    private static void AddShared(Table table, string comparison, LinkProfile link, SessionReport report) => Tables.Add(table, comparison, link.Name,
        $"{report.Offline.Seconds:f3}", $"{report.Online.Seconds:f3}", $"{report.Online.Rounds:n0}", $"{report.Online.Bytes / 1e6:n1} MB",
        $"{report.Offline.Bytes / 1e6:n1} MB");

    private static InferencePlan Compile(Graph graph, string deployment, string comparison)
    {
        Random random = new(Seed);
        FloatTensor[] row = [.. ModelFiles.Ports(graph).Select(port =>
        {
            float[] data = new float[port.Shape.Aggregate(1, (product, extent) => product * extent)];
            for (int i = 0; i < data.Length; i++) data[i] = random.NextSingle();
            return new FloatTensor(port.Shape, data);
        })];
        CompileOptions options = new() { Deployment = deployment, Comparison = comparison, ErrorMax = double.MaxValue };
        return PlanCompiler.Compile(graph, [row], options).Plan;
    }
}
