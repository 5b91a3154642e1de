using System.Collections.Immutable;
using System.Diagnostics;

namespace Blindsight.Cli.Benchmarks;

/// <summary>
/// Repeats work on the calling thread for a tenth of a second and divides. Before the first repetition the work runs long enough for the
/// just-in-time compiler to reach its last tier and for the caches to fill.
/// </summary>
internal sealed class TimedWork : IRepetitions
{
    private const int WarmUpMs = 250, RepetitionMs = 100, WarmUpCallsMin = 40;

    private readonly Work _work;
    private readonly long _calls;

    public TimedWork(Work work)
    {
        _work = work;
        Stopwatch watch = Stopwatch.StartNew();
        long calls = 0;
        do
        {
            work.Call();
            calls++;
        }
        while (watch.ElapsedMilliseconds < WarmUpMs || (calls < WarmUpCallsMin && watch.ElapsedMilliseconds < 4 * WarmUpMs));
        double latest = Seconds(Math.Max(1, calls / 10)) / Math.Max(1, calls / 10);
        _calls = Math.Max(1, (long)(RepetitionMs / 1e3 / latest));
    }

    public ImmutableArray<double> Next() => [_work.Units * _calls / Seconds(_calls)];

    public void Dispose()
    {
        foreach (IDisposable resource in _work.Resources) resource.Dispose();
    }

    private double Seconds(long calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (long i = 0; i < calls; i++) _work.Call();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
