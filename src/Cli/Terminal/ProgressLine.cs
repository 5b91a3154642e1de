using System.Diagnostics;
using Blindsight.Compiler.Calibration;

namespace Blindsight.Cli.Terminal;

/// <summary>
/// One line that says what is going on: redrawn in place on a terminal; in a log a new line at most every few seconds,
/// so that it stays readable.
/// </summary>
internal sealed class ProgressLine(TextWriter output) : IDisposable
{
    private const int TerminalMs = 100, LogMs = 3000;

    private readonly bool _live = ReferenceEquals(output, Console.Error) && !Console.IsErrorRedirected;
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private readonly Lock _gate = new();
    private bool _drawn;

    /// <summary>Shows the state, unless the last was shown just now.</summary>
    public void Show(string text)
    {
        lock (_gate)
        {
            if (_sinceLine.ElapsedMilliseconds < (_live ? TerminalMs : LogMs)) return;
            _sinceLine.Restart();
            if (_live) output.Write("\r" + Fit(text));
            else output.WriteLine(text);
            _drawn = true;
        }
    }

    /// <summary>Removes the line from a terminal.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            if (_live && _drawn) output.Write("\r" + Fit("") + "\r");
            _drawn = false;
        }
    }

    public void Dispose() => Clear();

    public IProgress<CompileProgress> ForCompiler() => new Forward(this);

    private static string Fit(string text)
    {
        int width = Math.Max(20, Console.WindowWidth - 1);
        return text.Length > width ? text[..width] : text.PadRight(width);
    }

    private sealed class Forward(ProgressLine line) : IProgress<CompileProgress>
    {
        public void Report(CompileProgress value) => line.Show($"{value.Stage} {value.Done}/{value.Total}");
    }
}
