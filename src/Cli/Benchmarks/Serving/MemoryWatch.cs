using System.Diagnostics;

namespace Blindsight.Cli.Benchmarks.Serving;

/// <summary>Looks at the resident memory of a process once a second.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private const int PeriodMs = 1000;

    private readonly Process _process;
    private readonly Timer _timer;
    private readonly List<long> _bytes = [];

    public MemoryWatch(int process)
    {
        _process = Process.GetProcessById(process);
        _timer = new Timer(_ => Look(), null, 0, PeriodMs);
    }

    /// <summary>The median of the first and of the last quarter of what was seen, and the largest.</summary>
    public (long First, long Last, long Largest) Seen
    {
        get
        {
            lock (_bytes)
            {
                int quarter = Math.Max(1, _bytes.Count / 4);
                return _bytes.Count == 0 ? default : (Median(_bytes.Take(quarter)), Median(_bytes.TakeLast(quarter)), _bytes.Max());
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _process.Dispose();
    }

    private void Look()
    {
        lock (_bytes)
        {
            _process.Refresh();
            if (!_process.HasExited) _bytes.Add(_process.WorkingSet64);
        }
    }

    private static long Median(IEnumerable<long> values)
    {
        long[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
