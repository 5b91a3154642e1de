namespace Blindsight;

/// <summary>Counts sessions, and tells when there is none. Thread-safe.</summary>
internal sealed class SessionCount
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _empty = Completed();
    private int _count;

    public int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <summary>Counts one session until the result is disposed.</summary>
    public IDisposable Enter()
    {
        lock (_gate)
            if (_count++ == 0) _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Session(this);
    }

    /// <summary>Waits until there is no session, or for so long.</summary>
    public Task EmptyAsync(TimeSpan patience)
    {
        lock (_gate) return Task.WhenAny(_empty.Task, Task.Delay(patience));
    }

    private static TaskCompletionSource Completed()
    {
        TaskCompletionSource source = new();
        source.SetResult();
        return source;
    }

    private sealed class Session(SessionCount sessions) : IDisposable
    {
        public void Dispose()
        {
            lock (sessions._gate)
                if (--sessions._count == 0) sessions._empty.SetResult();
        }
    }
}
