using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Blindsight.Cli.Benchmarks.Networks;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Sessions;
using Blindsight.Training;
using Spectre.Console;

namespace Blindsight.Cli.Commands;

/// <summary>blindsight bench predictions: how well cost is predicted.</summary>
internal sealed class BenchPredictionsCommand
{
    private const int RepeatDefault = 5, RepeatMax = 1000;
    private const string ManifestName = "predictions.yaml";

    private readonly Option<string?> _models = new("--models")
    {
        Description = "The folder below which models and data of the manifest are. Default: the manifest's own.", HelpName = "DIR",
    };
    private readonly Option<string?> _manifest = new("--manifest")
    {
        Description = "The networks, in the form of 'bench networks'. Default: assets/networks/predictions.yaml.", HelpName = "FILE",
    };
    private readonly Option<string?> _networks = new("--networks") { Description = "Networks by name. Default: all.", HelpName = "NAME,..." };
    private readonly Option<string?> _links = new("--links")
    {
        Description = "Links: none, lan, wan, mobile. Default: none,wan.", HelpName = "LINK,...",
    };
    private readonly Option<string?> _comparisons = new("--comparisons")
    {
        Description = $"Protocols of comparison. Default: {string.Join(',', ComparisonKinds.All)}.", HelpName = "KIND,...",
    };
    private readonly Option<int> _repeat = CommonOptions.Positive(
        "--repeat", "Inferences of each kind, of which the median is taken.", RepeatDefault, RepeatMax);
    private readonly Option<string?> _costs = CommonOptions.Costs();
    private readonly Option<string?> _json = CommonOptions.Json("Writes predictions and measurements to a file.");
    private readonly Terminals _terminals;

    private BenchPredictionsCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        BenchPredictionsCommand bench = new(terminals);
        TaughtCommand command = new("predictions",
            "Predicts what inferences of one row cost from the measurement of this machine, then runs them between two processes, and prints both. "
            + "Bytes and rounds have to agree exactly.",
            "blindsight measure && blindsight bench predictions --models ../shared/data --json predictions.json",
            "blindsight bench predictions --models ../shared/data --networks falcon_minionn_mnist --links wan --comparisons garbled")
        { bench._models, bench._manifest, bench._networks, bench._links, bench._comparisons, bench._repeat, bench._costs, bench._json };
        command.SetAction(parsed => bench.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string[] links = [.. NetworkSelection.Links(parsed.GetValue(_links), "none,wan")];
        string[] comparisons = NetworkSelection.Words(parsed.GetValue(_comparisons), string.Join(',', ComparisonKinds.All));
        if (comparisons.FirstOrDefault(kind => !ComparisonKinds.All.Contains(kind)) is { } unknown)
            throw new CommandException($"There is no comparison '{unknown}'; there are {string.Join(", ", ComparisonKinds.All)}.");
        ImmutableArray<NetworkEntry> entries = NetworkSelection.Of(
            ManifestName, parsed.GetValue(_manifest), parsed.GetValue(_models), parsed.GetValue(_networks), _terminals.Error);
        CostModel model = new(CostFiles.Read(parsed.GetValue(_costs)));
        List<PredictionFigure> figures = [];
        using (ProgressLine progress = new(_terminals.Error))
            foreach (NetworkEntry entry in entries)
                foreach (string comparison in comparisons)
                    figures.AddRange(Measure(entry, comparison, links, model, parsed.GetValue(_repeat), progress, cancellation));
        PredictionReport report = PredictionReport.Of(model.Machine, [.. figures]);
        if (parsed.GetValue(_json) is { } json) AtomicFile.Write(json, stream => stream.Write(report.ToJson()));
        Write(report);
        if (figures.FirstOrDefault(figure => !figure.Setup.SameTraffic || !figure.Offline.SameTraffic || !figure.Online.SameTraffic) is { } wrong)
            throw new CommandException($"{wrong.Name} by {wrong.Comparison} on link {wrong.Link}: bytes or rounds are not those predicted.");
        return 0;
    }

    private static IEnumerable<PredictionFigure> Measure(NetworkEntry entry, string comparison, string[] links, CostModel model, int repetitions,
        ProgressLine progress, CancellationToken cancellation)
    {
        if (entry.Model is null) throw new CommandException($"'{entry.Name}' has a topology in place of a model; 'blindsight synthesize' makes one.");
        using TemporaryFolder folder = new();
        string planFile = Path.Combine(folder.Path, entry.Name + ".plan");
        InferencePlan plan = Compile(entry, comparison, progress);
        AtomicFile.Write(planFile, stream => stream.Write(PlanSerializer.Serialize(plan)));
        int[] rows = [.. RowRange.Of(entry.Rows, ModelFiles.Samples(entry.Input, "input")).Rows];
        foreach (string link in links)
        {
            SessionReport predicted = model.Predict(plan, LinkSpeeds.Named(link));
            List<TwoProcessResult> results = [];
            for (int repetition = 0; repetition < repetitions; repetition++)
            {
                progress.Show($"{entry.Name} by {comparison}, link {link}, {repetition + 1}/{repetitions}");
                results.Add(TwoProcesses.Run(new TwoProcessSpec(entry.Model, planFile, null, entry.Input, $"{rows[repetition % rows.Length]}", link, 1, 1,
                    Confinement.Supported) { Insecure = true }, _ => { }, cancellation));
            }
            yield return PredictionFigure.Of(entry.Name, comparison, link, predicted, results);
        }
    }

    private static InferencePlan Compile(NetworkEntry entry, string comparison, ProgressLine progress)
    {
        Graph graph = ModelFiles.Model(entry.Model!);
        CompileOptions options = new() { Card = ModelFiles.Card(entry.Card, entry.Model!), Comparison = comparison };
        return ModelFiles.Compile(graph, entry.Calibration, entry.CalibrationRows, options, progress.ForCompiler()).Plan;
    }

    private void Write(PredictionReport report)
    {
        _terminals.Out.WriteLine($"Costs of: {report.Costs}{(report.CostsAreNominal ? " (nominal; measure this machine with 'blindsight measure')" : "")}");
        Table table = Tables.New("network", "comparison", "link", "offline s: predicted", "measured", "ratio", "online s: predicted", "measured", "ratio");
        for (int column = 3; column < table.Columns.Count; column++) table.Columns[column].RightAligned();
        foreach (PredictionFigure figure in report.Predictions)
            Tables.Add(table, [figure.Name, figure.Comparison, figure.Link, .. Cells(figure.Offline), .. Cells(figure.Online)]);
        Tables.Write(table, _terminals.Out);
    }

    private static string[] Cells(PredictedPhase phase) =>
    [
        Text($"{phase.PredictedSeconds:f3}"),
        Text($"{phase.MeasuredSeconds.Median:f3} ±{(phase.MeasuredSeconds.Maximum - phase.MeasuredSeconds.Minimum) / 2:f3}"), Text($"{phase.Ratio:f2}"),
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
