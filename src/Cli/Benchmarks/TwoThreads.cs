using System.Runtime.ExceptionServices;
using Blindsight.Mpc.Channels;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Two parties in this process: one on the caller's thread, the other on a thread of its own.</summary>
internal sealed class TwoThreads : IDisposable
{
    public TwoThreads() => (Here, There) = InMemoryChannel.CreatePair();

    /// <summary>The channel of the caller's party.</summary>
    public FramedChannel Here { get; }

    /// <summary>The channel of the other party.</summary>
    public FramedChannel There { get; }

    /// <summary>Starts the other party; a fault breaks the link, so that neither waits for the other.</summary>
    /// <returns>Waits for its end and throws what it threw.</returns>
    public Action Start(Action there)
    {
        ExceptionDispatchInfo? fault = null;
        Thread thread = new(() =>
        {
            try
            {
                there();
            }
            catch (Exception thrown)
            {
                fault = ExceptionDispatchInfo.Capture(thrown);
                There.Abort();
            }
        })
        { IsBackground = true };
        thread.Start();
        return () =>
        {
            thread.Join();
            fault?.Throw();
        };
    }

    public void Dispose()
    {
        Here.Dispose();
        There.Dispose();
    }
}
