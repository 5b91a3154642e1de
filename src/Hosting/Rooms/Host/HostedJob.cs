using Blindsight.Enclave;

namespace Blindsight.Hosting.Rooms.Host;

/// <summary>A query, or the fetching of a context's keys ahead of its first query, and its course for whoever follows it. Thread-safe.</summary>
/// <param name="id">Of the query; of the context, where there is none.</param>
/// <param name="images">Of the query; 0 where there is none.</param>
internal sealed class HostedJob(RoomId id, RoomId model, RoomId context, int images)
{
    private readonly object _gate = new();
    private int _done;
    private bool _ended;

    public RoomId Id { get; } = id;
    public RoomId Model { get; } = model;
    public RoomId Context { get; } = context;
    public int Images { get; } = images;

    /// <summary>Why it failed, once it ended; null where it did not.</summary>
    public RoomException? Failure { get; private set; }

    public void Advance(int done)
    {
        lock (_gate)
        {
            _done = done;
            Monitor.PulseAll(_gate);
        }
    }

    public void End(RoomException? failure)
    {
        lock (_gate)
        {
            (Failure, _ended) = (failure, true);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until more steps are done than were known, or it ended, or the time is over.</summary>
    public (int Done, bool Ended) Wait(int known, int timeoutMs)
    {
        lock (_gate)
        {
            if (_done <= known && !_ended) Monitor.Wait(_gate, timeoutMs);
            return (_done, _ended);
        }
    }
}
