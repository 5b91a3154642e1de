namespace Blindsight.Hosting.Server.Links;

/// <summary>Threads that end when they are told to, and are waited for.</summary>
internal sealed class Workers
{
    private const int EndMs = 5000;

    private readonly List<Thread> _threads = [];

    /// <summary>Starts a thread, whose cancellation is its ordinary end.</summary>
    public void Start(string name, Action work)
    {
        Thread thread = new(() =>
        {
            try
            {
                work();
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
            {
                // The server is being stopped.
            }
        }) { IsBackground = true, Name = name };
        lock (_threads)
        {
            _threads.RemoveAll(other => !other.IsAlive);
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Waits for all that were started, for a while.</summary>
    public void Join()
    {
        Thread[] threads;
        lock (_threads) threads = [.. _threads];
        foreach (Thread thread in threads) thread.Join(EndMs);
    }
}
