using System.Diagnostics;

namespace Blindsight.EndToEnd;

/// <summary>Runs the tool as a user would: a process of its own, with its output and exit code.</summary>
internal static class Tool
{
    private const int TimeoutMs = 180_000;

    /// <summary>What came out of a run.</summary>
    public sealed record Outcome(int ExitCode, string Output, string Error)
    {
        /// <summary>The one sentence that every failure leaves.</summary>
        public string Complaint => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
    }

    public static string Root { get; } = FindRoot();

    public static Outcome Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeoutMs))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"blindsight {string.Join(' ', arguments)} did not end; {error.Result}");
        }
        return new(process.ExitCode, output.Result, error.Result);
    }

    public static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "blindsight.dll"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath(),
        };
        return Process.Start(start)!;
    }

    private static string FindRoot()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Blindsight.slnx"))) at = at.Parent!;
        return at.FullName;
    }
}
