using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Blindsight.EndToEnd.Browser;

/// <summary>The demonstration's model, split, with a dealer and both servers as processes.</summary>
internal sealed partial class Outsourced : IDisposable
{
    private readonly List<Process> _processes = [];

    /// <param name="folder">For shares and the servers' state.</param>
    /// <param name="model">An ONNX file.</param>
    public Outsourced(string folder, string model, string calibration)
    {
        string In(string name) => Path.Combine(folder, name);
        Plan = In("page.plan");
        Tool.Outcome split = Tool.Run("split", model, "--calibration", calibration, "--out-a", In("a.share"), "--out-b", In("b.share"), "--plan-out", Plan);
        if (split.ExitCode != 0) throw new InvalidOperationException(split.Error);
        string dealer = Start(Dealing(), "dealer", "--plan", Plan, "--listen", "127.0.0.1:0", "--insecure").Groups[1].Value;
        Match first = Start(Waiting(), "server", "--party", "a", "--shares", In("a.share"), "--state", In("a"), "--listen", "127.0.0.1:0", "--insecure",
            "--link-listen", "127.0.0.1:0", "--dealer", dealer);
        A = first.Groups[1].Value;
        B = Start(Waiting(), "server", "--party", "b", "--shares", In("b.share"), "--state", In("b"), "--listen", "127.0.0.1:0", "--insecure",
            "--peer", first.Groups[2].Value, "--dealer", dealer).Groups[1].Value;
    }

    /// <summary>The plan's file.</summary>
    public string Plan { get; }

    /// <summary>Where the servers wait for clients, as http://HOST:PORT.</summary>
    public string A { get; }

    public string B { get; }

    /// <summary>Kills the second server.</summary>
    public void StopB() => _processes[^1].Kill();

    public void Dispose()
    {
        foreach (Process process in Enumerable.Reverse(_processes))
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    /// <summary>Starts a role and waits for the line that says where it listens.</summary>
    private Match Start(Regex announcement, params string[] arguments)
    {
        Process process = Tool.Start(arguments);
        _processes.Add(process);
        while (process.StandardOutput.ReadLine() is { } line)
            if (announcement.Match(line) is { Success: true } match)
            {
                _ = process.StandardOutput.ReadToEndAsync();
                _ = process.StandardError.ReadToEndAsync();
                return match;
            }
        throw new InvalidOperationException(process.StandardError.ReadToEnd());
    }

    [GeneratedRegex(@"Dealing at (127\.0\.0\.1:\d+);")]
    private static partial Regex Dealing();

    [GeneratedRegex(@"waits for clients at (http://127\.0\.0\.1:\d+)(?: and for party b at (127\.0\.0\.1:\d+))?;")]
    private static partial Regex Waiting();
}
