using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Blindsight.Cli.Benchmarks.Networks;
using Blindsight.Cli.Benchmarks.Outsourced;
using Blindsight.Cli.Files;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Plans;
using Blindsight.Training;
using Spectre.Console;

namespace Blindsight.Cli.Commands;

/// <summary>blindsight bench sonic: two servers beside the costs of the paper, and of what it is compared with.</summary>
internal sealed class BenchSonicCommand
{
    private const int RepeatDefault = 10, RepeatMax = 1000, GarbledRepeatMax = 3;
    private const string ManifestName = "sonic.yaml";

    private static readonly ImmutableArray<string> Ours = [ComparisonKinds.Tables, ComparisonKinds.Functions];

    /// <summary>What is measured only where it is asked for: the adder in our ring, and transfers without a dealer.</summary>
    private static readonly ImmutableArray<string> Further = [ComparisonKinds.Prefix, ComparisonKinds.Transfers];

    private static ImmutableArray<string> All => [.. Ours, ComparisonKinds.Sonic, ComparisonKinds.Garbled];

    private readonly Option<string?> _models = new("--models")
    {
        Description = "The folder below which further models and data of the manifest are: CIFAR-10's images for c1 and c2, SqueezeNet.", HelpName = "DIR",
    };
    private readonly Option<string?> _manifest = new("--manifest")
    {
        Description = "The networks, in the form of 'bench networks'. Default: assets/networks/sonic.yaml, of which networks without files are left out.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _networks = new("--networks") { Description = "Networks by name. Default: all.", HelpName = "NAME,..." };
    private readonly Option<string?> _links = new("--links")
    {
        Description = "Links to emulate: none, lan, wan, mobile. Default: none,wan.", HelpName = "LINK,...",
    };
    private readonly Option<string?> _comparisons = new("--comparisons")
    {
        Description = $"Ways of comparing. Default: {string.Join(',', All)}; there are {string.Join(" and ", Further)} besides.", HelpName = "KIND,...",
    };
    private readonly Option<int> _repeat = CommonOptions.Positive(
        "--repeat", $"Inferences of each kind, each of another row, of which the median is taken; at most {GarbledRepeatMax} by garbled circuits.",
        RepeatDefault, RepeatMax);
    private readonly Option<double> _tolerance = CommonOptions.Tolerance();
    private readonly Option<string?> _json = CommonOptions.Json("Writes the figures, the machine and the commit to a file.");
    private readonly Terminals _terminals;

    private BenchSonicCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        BenchSonicCommand bench = new(terminals);
        TaughtCommand command = new("sonic",
            "Measures inferences between two servers with a dealer, by digit tables and by comparison functions, beside Sonic's own costs (profile sonic) "
            + "and beside garbled circuits between client and server, which Sonic was compared with. Two servers and the dealer are a thread each of this "
            + "process, the servers over TCP on this machine, correlations dealt before; client and server are two processes.",
            "blindsight bench sonic --networks m1,m2",
            "blindsight bench sonic --models ../shared/data --links none,wan --repeat 20 --json sonic.json")
        { bench._models, bench._manifest, bench._networks, bench._links, bench._comparisons, bench._repeat, bench._tolerance, bench._json };
        command.SetAction(parsed => bench.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string[] links = [.. NetworkSelection.Links(parsed.GetValue(_links), "none,wan")];
        string[] comparisons = NetworkSelection.Words(parsed.GetValue(_comparisons), string.Join(',', All));
        if (comparisons.FirstOrDefault(kind => !All.Contains(kind) && !Further.Contains(kind)) is { } unknown)
            throw new CommandException($"There is no comparison '{unknown}' here; there are {string.Join(", ", All.AddRange(Further))}.");
        ImmutableArray<NetworkEntry> entries = NetworkSelection.Of(
            ManifestName, parsed.GetValue(_manifest), parsed.GetValue(_models), parsed.GetValue(_networks), _terminals.Error, standsAlone: true);
        List<SonicFigure> figures = [];
        using (ProgressLine progress = new(_terminals.Error))
            foreach (NetworkEntry entry in entries)
                figures.AddRange(Measure(entry, comparisons, links, parsed.GetValue(_repeat), parsed.GetValue(_tolerance), progress, cancellation));
        SonicReport report = SonicReport.Of([.. figures], Ours);
        if (parsed.GetValue(_json) is { } json) AtomicFile.Write(json, stream => stream.Write(report.ToJson()));
        Write(report);
        if (figures.FirstOrDefault(figure => !figure.WithinBound) is { } wrong)
            throw new CommandException($"{wrong.Name} by {wrong.Comparison} on link {wrong.Link}: an output is {wrong.LargestDifference:g3} from fixed point "
                + $"in the clear; random rounding allows {wrong.DifferenceBound:g3}.");
        return 0;
    }

    private static IEnumerable<SonicFigure> Measure(
        NetworkEntry entry, string[] comparisons, string[] links, int repetitions, double tolerance, ProgressLine progress,
        CancellationToken cancellation)
    {
        foreach (IGrouping<string, string> plan in comparisons.GroupBy(PlanOf))
        {
            using TemporaryFolder folder = new();
            bool garbled = plan.Key == ComparisonKinds.Garbled;
            CompileOptions options = new()
            {
                Deployment = garbled ? DeploymentKinds.ClientServer : DeploymentKinds.TwoServers, Comparison = plan.Key,
                ErrorMax = tolerance / 100,
            };
            NetworkCase network = NetworkCase.Prepare(entry, folder.Path, repetitions, progress, cancellation, options);
            foreach (string comparison in plan)
                foreach (string link in links)
                {
                    int inferences = garbled ? Math.Min(repetitions, GarbledRepeatMax) : repetitions;
                    void Begun(int repetition) => progress.Show($"{entry.Name} by {comparison}, link {link}, {repetition + 1}/{inferences}");
                    yield return garbled
                        ? SonicRuns.ClientServer(network, comparison, link, inferences, Begun, cancellation)
                        : SonicRuns.TwoServers(network, comparison, link, inferences, Begun, cancellation);
                }
        }
    }

    /// <summary>One plan serves every way that may leave out bits.</summary>
    private static string PlanOf(string comparison) => ComparisonKinds.IsExact(comparison) ? comparison : ComparisonKinds.Tables;

    private void Write(SonicReport report)
    {
        _terminals.Out.WriteLine($"{report.Machine.Cpu}, {report.Machine.Cores} cores, {report.Machine.Runtime}");
        Table table = Tables.New("network", "comparison", "link", "online ms", "online kB", "rounds", "prepared ms", "offline ms", "offline kB", "top-1");
        for (int column = 3; column < table.Columns.Count; column++) table.Columns[column].RightAligned();
        foreach (SonicFigure figure in report.Figures)
            Tables.Add(table, figure.Name, figure.Comparison, figure.Link, Milliseconds(figure.OnlineSeconds), Kilobytes(figure.OnlineBytes),
                $"{figure.OnlineRounds}", figure.PreparedSeconds is { } prepared ? Milliseconds(prepared) : "", Milliseconds(figure.OfflineSeconds),
                Kilobytes(figure.OfflineBytes), $"{figure.Top1Agreement}/{figure.Rows}");
        Tables.Write(table, _terminals.Out);
        Table savings = Tables.New("network", "comparison", "online below sonic", "online below garbled", "total below sonic", "total below garbled");
        for (int column = 2; column < savings.Columns.Count; column++) savings.Columns[column].RightAligned();
        foreach (SonicSaving saving in report.Savings)
            Tables.Add(savings, saving.Name, saving.Comparison, Times(saving.OnlineAgainstSonic), Times(saving.OnlineAgainstGarbled),
                Times(saving.TotalAgainstSonic), Times(saving.TotalAgainstGarbled));
        Tables.Write(savings, _terminals.Out);
    }

    /// <summary>The median, and half of what lies between the extremes.</summary>
    private static string Milliseconds(Spread spread) =>
        string.Create(CultureInfo.InvariantCulture, $"{1e3 * spread.Median:n1} ±{1e3 * (spread.Maximum - spread.Minimum) / 2:n1}");

    private static string Kilobytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:n1}");

    private static string Times(double? ratio) => ratio is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{ratio:f1} x");
}
