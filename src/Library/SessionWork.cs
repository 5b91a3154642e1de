namespace Blindsight;

/// <summary>Runs a session's blocking work, one piece at a time, each on a thread of its own, so that no thread of the pool waits for a peer.</summary>
internal sealed class SessionWork
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Waits for the work before, then does this.</summary>
    public async Task<T> Run<T>(Func<T> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Alone(work).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Does work that waits for nothing else.</summary>
    public static Task<T> Alone<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
