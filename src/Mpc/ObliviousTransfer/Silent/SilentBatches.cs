namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>A batch of trees: one message from the sender to the receiver.</summary>
public readonly record struct SilentBatch(LpnParameters Row, int Trees)
{
    /// <summary>A block for each level of each tree.</summary>
    public long PayloadBytes => 16L * Trees * Row.TreeDepth;

    /// <summary>Leaves that are grown and encoded.</summary>
    public long Samples => (long)Trees << Row.TreeDepth;
}

/// <summary>
/// Which batches silent transfer makes when outputs are asked for: the walk of <see cref="SilentOtSender"/> and its receiver without any data.
/// </summary>
/// <remarks>The first iteration's consumption comes from the bootstrap and is not told of.</remarks>
public sealed class SilentBatches
{
    /// <summary>Samples of a batch, 1 MiB: the leaves stay in the second-level cache until they are encoded.</summary>
    internal const int Samples = 1 << 16;

    private readonly SilentSchedule _schedule;
    private long _iteration;
    private int _treesDone, _delivered, _unused;

    /// <summary>Before the first output.</summary>
    public SilentBatches(SilentSchedule schedule) : this(schedule, 0, 0, 0, 0) { }

    /// <param name="unused">Samples of the last batch that are not taken yet.</param>
    internal SilentBatches(SilentSchedule schedule, long iteration, int treesDone, int delivered, int unused) =>
        (_schedule, _iteration, _treesDone, _delivered, _unused) = (schedule, iteration, treesDone, delivered, unused);

    /// <summary>The batches made for the next <paramref name="count"/> outputs, in order. To be enumerated to its end.</summary>
    public IEnumerable<SilentBatch> Next(long count)
    {
        while (count > 0)
        {
            int left = _schedule.Delivered(_iteration) - _delivered;
            int some = left > 0 ? (int)Math.Min(left, count) : _schedule.At(_iteration + 1).Consumed;
            foreach (SilentBatch batch in Take(some)) yield return batch;
            _delivered += some;
            if (left > 0) count -= some;
            else (_iteration, _treesDone, _delivered, _unused) = (_iteration + 1, 0, 0, 0);
        }
    }

    /// <summary>Trees of a full batch.</summary>
    internal static int Trees(LpnParameters row) => Samples >> row.TreeDepth;

    private IEnumerable<SilentBatch> Take(int samples)
    {
        LpnParameters row = _schedule.At(_iteration);
        while (_unused < samples)
        {
            samples -= _unused;
            SilentBatch batch = new(row, Math.Min(Trees(row), row.Weight - _treesDone));
            _treesDone += batch.Trees;
            _unused = (int)batch.Samples;
            yield return batch;
        }
        _unused -= samples;
    }
}
