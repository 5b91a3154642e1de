using System.Diagnostics;
using System.Text.Json;
using Blindsight.Cli.Parties;

namespace Blindsight.Cli.Comparing;

/// <summary>What every family is run on.</summary>
/// <param name="Planned">The model that 'blindsight plan' wrote, its plan beside it; or null.</param>
/// <param name="Seconds">Longer than that no family may take.</param>
internal sealed record ComparedInputs(string Model, string? Planned, string Calibration, string Input, string Rows, string? Card, string Link, int Seconds);

/// <summary>Runs 'blindsight run' as a process for one family, and reads its report: families see and cost what users of that command do.</summary>
internal static class FamilyRun
{
    private const int PollMs = 50;

    /// <returns>The figures, or why there are none.</returns>
    public static (FamilyFigures? Figures, string? Reason) Of(Family family, ComparedInputs inputs, int[] tops, EnergyFactors energy, string folder,
        CancellationToken cancellation)
    {
        if (!family.IsImplemented) return (null, family.Absence);
        if (family.TakesPlanned && inputs.Planned is null) return (null, "needs --plan MODEL2: a model that 'blindsight plan' wrote");
        string file = Path.Combine(folder, $"{family.Name}.json");
        using Process process = Start(family, inputs, file);
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation), error = process.StandardError.ReadToEndAsync(cancellation);
        process.StandardInput.Close();
        try
        {
            Stopwatch since = Stopwatch.StartNew();
            while (!process.WaitForExit(PollMs))
            {
                cancellation.ThrowIfCancellationRequested();
                if (since.Elapsed.TotalSeconds > inputs.Seconds) return (null, $"took longer than {inputs.Seconds} s");
            }
            if (process.ExitCode != 0) return (null, Complaint(error.Result, process.ExitCode));
            using JsonDocument report = JsonDocument.Parse(File.ReadAllBytes(file));
            return (FamilyFigures.Of(report.RootElement, tops, energy), null);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(Family family, ComparedInputs inputs, string file)
    {
        string model = family.TakesPlanned ? inputs.Planned! : inputs.Model;
        string[] widths = family.TakesPlanned ? ["--plan", Path.ChangeExtension(model, ".plan")] : ["--calibration", inputs.Calibration];
        IReadOnlyList<string> program = ThisProgram.CommandLine;
        ProcessStartInfo start = new(program[0],
        [
            .. program.Skip(1), "run", model, .. widths, "--input", inputs.Input, "--rows", inputs.Rows, "--link", inputs.Link, "--json", file,
            .. inputs.Card is null ? [] : (string[])["--card", inputs.Card], .. family.Arguments!,
        ])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start) ?? throw new CommandException("This program cannot start itself again.");
    }

    private static string Complaint(string error, int code)
    {
        const string Name = "blindsight: ";
        string? line = error.Split('\n').LastOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        return line is null ? $"ended with exit code {code}" : line[Name.Length..].Trim();
    }
}
