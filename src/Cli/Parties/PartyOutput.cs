using System.Diagnostics;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Parties;

/// <summary>A party's reports: lines of JSON for the process that started it, or words for people.</summary>
internal sealed class PartyOutput(Terminals terminals, bool events) : IProgress<StepProgress>, IDisposable
{
    private readonly ProgressLine _line = new(terminals.Error);
    private readonly Lock _gate = new();
    private TimeSpan _cpuBefore = CpuTime();

    /// <summary>Progress of one step.</summary>
    public void Report(StepProgress value)
    {
        Stepped step = Stepped.Of(value);
        if (events) Tell(step);
        else _line.Show(step.ToString());
    }

    /// <summary>Tells the starting process, or else people.</summary>
    public void Tell(PartyEvent happened, string? words = null)
    {
        lock (_gate)
        {
            if (happened is Listening) _cpuBefore = CpuTime();
            if (!events && words is null) return;
            _line.Clear();
            terminals.Out.WriteLine(events ? Timed(happened).ToLine() : words);
            terminals.Out.Flush();
        }
    }

    /// <summary>Tries to open files and tells the outcome; a test of the confinement.</summary>
    public void Probe(IEnumerable<string> paths)
    {
        foreach (string path in paths) Tell(new Probed(path, CanOpen(path)), $"{path}: {(CanOpen(path) ? "opened" : "denied")}");
    }

    /// <summary>The report at a party's end.</summary>
    public static Finished Finish(InferencePlan plan, double warmupSeconds, SessionReport report) =>
        Finish(plan.Model, plan.Deployment, plan.Comparison, plan.Card, warmupSeconds, report);

    /// <summary>A served client's session in a line.</summary>
    public static string Words(int client, SessionReport report) =>
        $"client {client}: {report.Rows} rows, offline {report.Offline.Seconds:f2} s, online {report.Online.Seconds:f2} s";

    /// <inheritdoc cref="Finish(InferencePlan, double, SessionReport)"/>
    public static Finished Finish(
        string model, string deployment, string comparison, InputCard card, double warmupSeconds, SessionReport report)
    {
        using Process self = Process.GetCurrentProcess();
        return new(model, deployment, comparison, [.. card.Classes], warmupSeconds,
            self.TotalProcessorTime.TotalSeconds, self.PeakWorkingSet64, report.Offline, report.Online, [.. report.Layers]);
    }

    public void Dispose() => _line.Dispose();

    /// <summary>The last report with the processor time since the party was ready.</summary>
    private PartyEvent Timed(PartyEvent happened) => happened switch
    {
        Finished finished => finished with { WorkCpuSeconds = (CpuTime() - _cpuBefore).TotalSeconds },
        Ended ended => ended with { WorkCpuSeconds = (CpuTime() - _cpuBefore).TotalSeconds },
        _ => happened,
    };

    private static TimeSpan CpuTime()
    {
        using Process self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }

    private static bool CanOpen(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
