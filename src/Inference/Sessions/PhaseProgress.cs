namespace Blindsight.Inference.Sessions;

/// <summary>
/// Reports a phase's parts as they are done. Time left follows from the share of the work that is done
/// (<see cref="WorkEstimate"/>) in the time that has passed.
/// </summary>
/// <param name="work">The weight of each part, in the order in which they are done.</param>
/// <param name="clock">Tells the time that has passed.</param>
internal sealed class PhaseProgress(Phase phase, IReadOnlyList<double> work, IProgress<StepProgress>? listener, TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private readonly double _total = work.Sum();
    private double _done;
    private int _parts;

    /// <summary>Says that the next part is done.</summary>
    public void Done(string name)
    {
        _done += work[_parts++];
        TimeSpan elapsed = clock.GetElapsedTime(_start);
        TimeSpan? remaining = _done > 0 ? elapsed * Math.Max(0, (_total - _done) / _done) : null;
        listener?.Report(new StepProgress(phase, _parts, work.Count, name, elapsed, remaining));
    }
}
