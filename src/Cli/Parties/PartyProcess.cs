using System.Diagnostics;

namespace Blindsight.Cli.Parties;

/// <summary>A party as a process of this program, with its own arguments and nothing else; it ends when this one does.</summary>
internal sealed class PartyProcess : IDisposable
{
    private const int EndMs = 10_000;

    private readonly Process _process;
    private readonly Thread _events, _errors;
    private readonly List<string> _complaints = [];

    /// <param name="name">"server" or "client", for messages.</param>
    /// <param name="heard">Receives its events, on a thread of their own.</param>
    public PartyProcess(string name, IEnumerable<string> arguments, Action<PartyEvent> heard)
    {
        Name = name;
        IReadOnlyList<string> program = ThisProgram.CommandLine;
        ProcessStartInfo start = new(program[0], [.. program.Skip(1), .. arguments, "--events"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        _process = Process.Start(start) ?? throw new CommandException($"The {name}'s process cannot be started.");
        _events = Reader(_process.StandardOutput, line =>
        {
            if (PartyEvent.FromLine(line) is { } happened) heard(happened);
        });
        _errors = Reader(_process.StandardError, line =>
        {
            lock (_complaints) _complaints.Add(line);
        });
    }

    public string Name { get; }

    /// <summary>The system's number for it.</summary>
    public int Id => _process.Id;

    public bool Ended => _process.HasExited;

    /// <summary>When it ended, to tell a cause from its consequence.</summary>
    public DateTime EndTime => _process.ExitTime;

    public bool Succeeded => _process.ExitCode == 0;

    /// <summary>Its last words on the error output.</summary>
    public string Complaint
    {
        get
        {
            lock (_complaints)
                return _complaints.LastOrDefault(line => line.StartsWith("blindsight: ", StringComparison.Ordinal))?[12..]
                    ?? _complaints.FirstOrDefault(line => line.Length > 0) ?? $"exit code {_process.ExitCode}.";
        }
    }

    /// <summary>Waits for its end and its last event.</summary>
    public void WaitForEnd(CancellationToken cancellation)
    {
        while (!_process.WaitForExit(50)) cancellation.ThrowIfCancellationRequested();
        _events.Join();
        _errors.Join();
    }

    /// <summary>Sends it a line.</summary>
    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Asks it to end, and waits for its last event.</summary>
    public void End(CancellationToken cancellation)
    {
        _process.StandardInput.Close();
        WaitForEnd(cancellation);
    }

    /// <summary>Asks it to end, and ends it where it does not.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(EndMs)) _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private static Thread Reader(StreamReader source, Action<string> heard)
    {
        Thread thread = new(() =>
        {
            while (source.ReadLine() is { } line) heard(line);
        }) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
