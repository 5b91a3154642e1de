using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Blindsight.Cli.Comparing;
using Blindsight.Cli.Files;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Reference;
using Blindsight.Training;
using Spectre.Console;

namespace Blindsight.Cli.Commands;

/// <summary>blindsight compare: every family of protocols on the same model and inputs.</summary>
internal sealed class CompareCommand
{
    private const int RowsDefault = 4, SecondsDefault = 600, SecondsMax = 86_400;

    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<string> _input = CommonOptions.Input(), _link = CommonOptions.Link();
    private readonly Option<string?> _calibration = CommonOptions.Calibration(), _rows = CommonOptions.Rows(), _card = CommonOptions.Card();
    private readonly Option<string?> _planned = new("--plan")
    {
        Description = "The model that 'blindsight plan' wrote from this one, its plan beside it: SAFENet's row.", HelpName = "MODEL2",
    };
    private readonly Option<string?> _families = new("--families")
    {
        Description = $"Which to compare. Default: all. There are {Names(implemented: true)}; and, to be told why not, {Names(implemented: false)}.",
        HelpName = "NAME,...",
    };
    private readonly Option<int> _limit = CommonOptions.Positive("--limit", "Seconds that a family may take in all.", SecondsDefault, SecondsMax);
    private readonly Option<double> _cpuJoules = Factor("--joules-cpu-second", "Energy of a second of a core.", EnergyFactors.Default.JoulesPerCpuSecond);
    private readonly Option<double> _byteJoules = Factor("--joules-megabyte", "Energy of 10^6 bytes between parties.", EnergyFactors.Default.JoulesPerMegabyte);
    private readonly Option<string?> _json = CommonOptions.Json("Writes all figures to a file.");
    private readonly Option<string?> _html = new("--html") { Description = "Writes a page with charts, one file that needs no other.", HelpName = "FILE" };
    private readonly Terminals _terminals;

    private CompareCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        CompareCommand compare = new(terminals);
        compare._calibration.Required = true;
        compare._rows.Description = $"Rows of the input, zero-based and inclusive. Default: the first {RowsDefault}.";
        TaughtCommand command = new("compare",
            "Runs every family of protocols on the same model and inputs, all parties as processes on this machine, one family after the other, and shows side "
            + "by side what each costs, assumes and reveals. Families that cannot take the model, or are not implemented, say why.",
            "blindsight compare model.onnx --calibration train.npy --input test.npy --html comparison.html",
            "blindsight compare model.onnx --calibration train.npy --input test.npy --plan fast.onnx --link wan --json comparison.json",
            "blindsight compare model.onnx --calibration train.npy --input test.npy --families silent-ot,tables,he --rows 0-19")
        {
            compare._model, compare._calibration, compare._input, compare._rows, compare._card, compare._planned, compare._families, compare._link,
            compare._limit, compare._cpuJoules, compare._byteJoules, compare._json, compare._html,
        };
        command.SetAction(parsed => compare.Run(parsed, cancellation));
        return command;
    }

    private static string Names(bool implemented) =>
        string.Join(", ", Families.All.Where(family => family.IsImplemented == implemented).Select(family => family.Name));

    private static Option<double> Factor(string name, string description, double standard)
    {
        Option<double> option = new(name) { Description = description, HelpName = "JOULES", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(result.GetValueOrDefault<double>() is >= 0 and < double.PositiveInfinity))
                result.AddError($"{name} is a number that is not negative.");
        });
        return option;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string model = parsed.GetRequiredValue(_model), input = parsed.GetRequiredValue(_input);
        ImmutableArray<Family> families = Families.Named(parsed.GetValue(_families));
        string? planned = parsed.GetValue(_planned);
        if (planned is not null && !File.Exists(Path.ChangeExtension(planned, ".plan")))
            throw new CommandException(
                $"--plan takes a model that 'blindsight plan' wrote, its plan beside it; there is no {Path.ChangeExtension(planned, ".plan")}.");
        Graph graph = ModelFiles.Model(model);
        SampleSet samples = ModelFiles.Samples(input, "input");
        RowRange rows = parsed.GetValue(_rows) is { } range ? RowRange.Of(range, samples) : new RowRange(0, Math.Min(RowsDefault, samples.Count) - 1);
        int[] tops = Tops(graph, ModelFiles.Inputs(samples, rows, ModelFiles.Card(parsed.GetValue(_card), model), ModelFiles.Ports(graph)));
        ComparedInputs inputs = new(model, planned, parsed.GetValue(_calibration)!, input, $"{rows.First}-{rows.Last}", parsed.GetValue(_card),
            parsed.GetRequiredValue(_link), parsed.GetValue(_limit));
        EnergyFactors energy = new(parsed.GetValue(_cpuJoules), parsed.GetValue(_byteJoules));
        List<ComparisonReport.Entry> entries = [];
        using (TemporaryFolder folder = new())
        using (ProgressLine progress = new(_terminals.Error))
            foreach (Family family in families)
            {
                progress.Show($"{family.Title} ({entries.Count + 1}/{families.Length})");
                (FamilyFigures? figures, string? reason) = FamilyRun.Of(family, inputs, tops, energy, folder.Path, cancellation);
                entries.Add(ComparisonReport.Entry.Of(family, figures, reason));
            }
        ComparisonReport report = new(
            1, Path.GetFileNameWithoutExtension(model), inputs.Link, rows.Count, energy, MachineFacts.Read(), MachineFacts.Commit(), [.. entries]);
        Write(report);
        if (parsed.GetValue(_json) is { } json) AtomicFile.Write(json, stream => stream.Write(report.ToJson()));
        if (parsed.GetValue(_html) is { } html) AtomicFile.Write(html, stream => stream.Write(ComparisonPage.Of(report)));
        string[] wrong = [.. report.Ran.Where(entry => !entry.Figures!.WithinBound).Select(entry => entry.Name)];
        if (wrong.Length > 0) throw new CommandException($"Outputs of {string.Join(", ", wrong)} are further from the clear reference than was promised.");
        return 0;
    }

    private static int[] Tops(Graph graph, FloatTensor[][] inputs)
    {
        int[] tops = new int[inputs.Length];
        Parallel.For(0, inputs.Length, row =>
        {
            float[] first = FloatReference.Run(graph, inputs[row])[0].Data;
            tops[row] = Array.IndexOf(first, first.Max());
        });
        return tops;
    }

    private void Write(ComparisonReport report)
    {
        TextWriter output = _terminals.Out;
        output.WriteLine($"{report.Model}: {report.Rows} rows, link {report.Link}, {report.Machine.Cpu}, {report.Machine.Cores} cores; an inference:");
        Table table = Tables.New("family", "offline s", "online s", "offline MB", "online MB", "rounds", "client CPU s", "client MB", "client keeps MB",
            "others CPU s", "J", "top-1");
        for (int column = 1; column < table.Columns.Count; column++) table.Columns[column].RightAligned();
        foreach (ComparisonReport.Entry entry in report.Ran)
        {
            FamilyFigures figures = entry.Figures!;
            Tables.Add(table, entry.Name, Number(figures.OfflineSeconds), Number(figures.OnlineSeconds), Number(figures.OfflineBytes / 1e6),
                Number(figures.OnlineBytes / 1e6), Number(figures.OnlineRounds), Number(figures.ClientCpuSeconds), Number(figures.ClientBytes / 1e6),
                Number(figures.ClientStoredBytes / 1e6), Number(figures.OthersCpuSeconds), Number(figures.Joules), $"{figures.Top1Agreement}/{figures.Rows}");
        }
        Tables.Write(table, output);
        Table trust = Tables.New("family", "what", "assumes", "who learns what");
        foreach (ComparisonReport.Entry entry in report.Ran) Tables.Add(trust, entry.Name, $"{entry.Title}: {entry.Systems}", entry.Adversary, entry.Learns);
        Tables.Write(trust, output);
        if (report.Entries.All(entry => entry.Figures is not null)) return;
        Table absent = Tables.New("not run", "what", "why");
        foreach (ComparisonReport.Entry entry in report.Entries.Where(entry => entry.Figures is null))
            Tables.Add(absent, entry.Name, $"{entry.Title}: {entry.Systems}", entry.Reason!);
        Tables.Write(absent, output);
    }

    /// <summary>Three digits or more, whole numbers as such.</summary>
    internal static string Number(double value)
    {
        if (value == Math.Round(value)) return value.ToString("N0", CultureInfo.InvariantCulture);
        int decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 4);
        return value.ToString($"N{decimals}", CultureInfo.InvariantCulture);
    }
}
