using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Blindsight.Cli.Benchmarks;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Training;
using Spectre.Console;

namespace Blindsight.Cli.Commands;

/// <summary>blindsight bench: measures this machine.</summary>
internal static class BenchCommand
{
    private const int RepeatDefault = 5, RepeatMax = 1000;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        TaughtCommand command = new("bench", "Measures how fast the engine is on this machine.",
            "blindsight bench kernels", "blindsight bench kernels --filter ntt --json kernels.json",
            "blindsight bench networks --models ../shared/data --json networks.json");
        command.Subcommands.Add(Kernels(terminals));
        command.Subcommands.Add(BenchNetworksCommand.Create(terminals, cancellation));
        command.Subcommands.Add(BenchPredictionsCommand.Create(terminals, cancellation));
        command.Subcommands.Add(BenchSonicCommand.Create(terminals, cancellation));
        command.Subcommands.Add(BenchServingCommand.Create(terminals, cancellation));
        return command;
    }

    private static TaughtCommand Kernels(Terminals terminals)
    {
        Option<string?> json = CommonOptions.Json("Writes the figures, the machine and the commit to a file.");
        Option<string?> filter = new("--filter")
        {
            Description = "Measures only what has this text in its name. Default: everything, in about a minute.", HelpName = "TEXT",
        };
        Option<int> repeat = CommonOptions.Positive(
            "--repeat", "Repetitions of each measurement, of which median, minimum and maximum are shown.", RepeatDefault, RepeatMax);
        TaughtCommand command = new("kernels",
            "Measures the rate of every kernel on one thread, after warming up, and of transfers and ReLUs with both parties on two "
            + "threads of this process. Rates count up, times (us/element, ms) count down; the path is the instruction set that is used.",
            "blindsight bench kernels",
            "blindsight bench kernels --filter ntt --repeat 20",
            "blindsight bench kernels --json kernels.json")
        { json, filter, repeat };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetValue(json), parsed.GetValue(filter) ?? "", parsed.GetValue(repeat), terminals, cancellation)));
        return command;
    }

    private static int Run(string? json, string filter, int repetitions, Terminals terminals, CancellationToken cancellation)
    {
        bool Wanted(string name) => name.Contains(filter, StringComparison.OrdinalIgnoreCase);
        ImmutableArray<Kernel> kernels = [.. KernelList.All.Where(kernel => kernel.Metrics.Any(metric => Wanted(metric.Name)))];
        if (kernels.IsEmpty) throw new CommandException($"No kernel has '{filter}' in its name; without --filter all are listed");
        List<KernelFigure> figures = [];
        using (ProgressLine progress = new(terminals.Error))
            for (int i = 0; i < kernels.Length; i++)
            {
                progress.Show($"measuring {i + 1}/{kernels.Length}: {kernels[i].Metrics[0].Name}");
                figures.AddRange(KernelFigure.Measure(kernels[i], repetitions, cancellation).Where(figure => Wanted(figure.Name)));
            }
        KernelReport report = KernelReport.Of([.. figures]);
        if (json is not null) AtomicFile.Write(json, stream => stream.Write(report.ToJson()));
        Write(report, repetitions, terminals.Out);
        return 0;
    }

    private static void Write(KernelReport report, int repetitions, TextWriter output)
    {
        output.WriteLine($"{report.Machine.Cpu}, {report.Machine.Cores} cores, {report.Machine.Runtime}; repetitions: {repetitions}");
        Table table = Tables.New("kernel", "median", "minimum", "maximum", "unit", "path");
        foreach (KernelFigure figure in report.Kernels)
            Tables.Add(table, figure.Name, Digits(figure.Median), Digits(figure.Minimum), Digits(figure.Maximum), figure.Unit, figure.Path);
        Tables.Write(table, output);
    }

    /// <summary>Three significant digits or more, without exponents.</summary>
    private static string Digits(double value) =>
        value.ToString(value >= 100 ? "F0" : value >= 10 ? "F1" : value >= 1 ? "F2" : "F3", CultureInfo.InvariantCulture);
}
