using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Blindsight.Cli.Benchmarks.Networks;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Training;
using Spectre.Console;

namespace Blindsight.Cli.Commands;

/// <summary>blindsight bench networks: what whole inferences cost, by network, link and threads.</summary>
internal sealed class BenchNetworksCommand
{
    private const int RepeatDefault = 3, RepeatMax = 1000, ThreadsMax = 1024;
    private const string ManifestName = "networks.yaml";

    private readonly Option<string?> _models = new("--models")
    {
        Description = "The folder below which models and data of the manifest are. Default: the manifest's own.", HelpName = "DIR",
    };
    private readonly Option<string?> _manifest = new("--manifest")
    {
        Description = "The networks to measure (YAML: networks, a list of name, model or topology, seed, card, calibration, calibration_rows, input, "
            + "rows). Default: assets/networks/networks.yaml, of which networks without files are left out.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _networks = List("--networks", "The networks to measure, by name. Default: all.", "NAME,...");
    private readonly Option<string?> _links = List("--links", "Links to emulate: none, lan, wan, mobile. Default: none.", "LINK,...");
    private readonly Option<string?> _threads = List("--threads", "Threads at each party. Default: 1.", "N,...");
    private readonly Option<int> _repeat = CommonOptions.Positive(
        "--repeat", "Inferences of each kind, each of another row, of which median, minimum and maximum are taken.", RepeatDefault, RepeatMax);
    private readonly Option<string?> _memory = CommonOptions.Memory();
    private readonly Option<string?> _json = CommonOptions.Json("Writes the figures, the machine and the commit to a file.");
    private readonly Option<string?> _csv = new("--csv") { Description = "Writes the figures as comma-separated values.", HelpName = "FILE" };
    private readonly Terminals _terminals;

    private BenchNetworksCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        BenchNetworksCommand bench = new(terminals);
        TaughtCommand command = new("networks",
            "Measures inferences of one row between two processes on this machine, nothing prepared ahead, and compares every output with fixed point "
            + "in the clear. Networks with a topology in place of a model get random weights first.",
            "blindsight bench networks --models ../shared/data --networks squeezenet1.1,mobilenet_v2",
            "blindsight bench networks --models ../shared/data --links none,wan --threads 1,2 --repeat 5 --json networks.json --csv networks.csv",
            "blindsight bench networks --manifest mine.yaml")
        { bench._models, bench._manifest, bench._networks, bench._links, bench._threads, bench._repeat, bench._memory, bench._json, bench._csv };
        command.SetAction(parsed => bench.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string[] links = [.. NetworkSelection.Links(parsed.GetValue(_links), "none")];
        int[] threads = [.. NetworkSelection.Words(parsed.GetValue(_threads), "1").Select(Threads)];
        int repetitions = parsed.GetValue(_repeat);
        ImmutableArray<NetworkEntry> entries = NetworkSelection.Of(
            ManifestName, parsed.GetValue(_manifest), parsed.GetValue(_models), parsed.GetValue(_networks), _terminals.Error);
        List<NetworkFigure> figures = [];
        using (ProgressLine progress = new(_terminals.Error))
            foreach (NetworkEntry entry in entries)
            {
                using TemporaryFolder folder = new();
                NetworkCase network = NetworkCase.Prepare(entry, folder.Path, repetitions, progress, cancellation);
                foreach (string link in links)
                    foreach (int count in threads)
                        figures.Add(Measure(network, link, count, repetitions, parsed.GetValue(_memory), progress, cancellation));
            }
        NetworkReport report = NetworkReport.Of([.. figures]);
        if (parsed.GetValue(_json) is { } json) AtomicFile.Write(json, stream => stream.Write(report.ToJson()));
        if (parsed.GetValue(_csv) is { } csv) AtomicFile.Write(csv, stream => stream.Write(report.ToCsv()));
        Write(report, repetitions);
        if (figures.FirstOrDefault(figure => !figure.WithinBound) is { } wrong)
            throw new CommandException($"{wrong.Name} on link {wrong.Link}: an output is {wrong.LargestDifference:g3} from fixed point in the clear; "
                + $"random rounding allows {wrong.DifferenceBound:g3}.");
        return 0;
    }

    private static NetworkFigure Measure(
        NetworkCase network, string link, int threads, int repetitions, string? memory, ProgressLine progress, CancellationToken cancellation)
    {
        List<TwoProcessResult> results = [];
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            int row = network.Rows[repetition % network.Rows.Length];
            string label = $"{network.Name}, link {link}, threads {threads}, {repetition + 1}/{repetitions}";
            progress.Show(label);
            TwoProcessSpec spec = new(
                network.Model, network.Plan, null, network.Input, $"{row}", link, threads, 1, Confinement.Supported)
            {
                Memory = memory, Insecure = true,
            };
            results.Add(TwoProcesses.Run(spec, happened =>
            {
                if (happened is Stepped) progress.Show($"{label}: {happened}");
            }, cancellation));
        }
        return NetworkFigure.Of(network, link, threads, results);
    }

    private void Write(NetworkReport report, int repetitions)
    {
        _terminals.Out.WriteLine($"{report.Machine.Cpu}, {report.Machine.Cores} cores, {report.Machine.Runtime}; repetitions: {repetitions}");
        Table table = Tables.New(
            "network", "comparisons", "link", "threads", "offline s", "online s", "total s", "MB", "rounds online", "client MiB", "server MiB", "top-1");
        for (int column = 1; column < table.Columns.Count; column++) table.Columns[column].RightAligned();
        foreach (NetworkFigure figure in report.Networks)
            Tables.Add(table, figure.Name, $"{figure.Comparisons:n0}", figure.Link, $"{figure.Threads}", Seconds(figure.OfflineSeconds),
                Seconds(figure.OnlineSeconds), Seconds(figure.TotalSeconds), $"{(figure.OfflineBytes + figure.OnlineBytes) / 1e6:n1}",
                $"{figure.OnlineRounds:n0}", $"{figure.ClientPeakRssBytes >> 20:n0}", $"{figure.ServerPeakRssBytes >> 20:n0}",
                $"{figure.Top1Agreement}/{figure.Rows}");
        Tables.Write(table, _terminals.Out);
    }

    /// <summary>The median, and half of what lies between the extremes.</summary>
    private static string Seconds(Spread spread) =>
        string.Create(CultureInfo.InvariantCulture, $"{spread.Median:f2} ±{(spread.Maximum - spread.Minimum) / 2:f2}");

    private static Option<string?> List(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    private static int Threads(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
        && count is >= 1 and <= ThreadsMax ? count : throw new CommandException($"--threads takes numbers from 1 to {ThreadsMax}, not '{text}'.");
}
