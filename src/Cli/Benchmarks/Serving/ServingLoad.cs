using System.Collections.Concurrent;
using System.Diagnostics;
using Blindsight.Compiler.Graphs;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Cli.Benchmarks.Serving;

/// <summary>Asks a server from many clients at once, each with a session that stays open, on a thread of its own.</summary>
/// <param name="sessions">One a client.</param>
/// <param name="tops">For each input the class that it is to be answered with.</param>
internal sealed class ServingLoad(ClientSession[] sessions, FloatTensor[][] inputs, int[] tops)
{
    private int _asked;

    /// <summary>Each of the first clients asks again as soon as it was answered.</summary>
    public ServingPhase Closed(int clients, TimeSpan duration, CancellationToken cancellation)
    {
        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        return Run(clients, () => Stopwatch.GetTimestamp() < end ? Stopwatch.GetTimestamp() : null, cancellation);
    }

    /// <summary>
    /// Questions come at random moments, so many a second on average, whether or not earlier ones are answered (a Poisson process); the client that is free
    /// first asks. A question's time counts from when it came.
    /// </summary>
    public ServingPhase Open(double perSecond, TimeSpan duration, int seed, CancellationToken cancellation)
    {
        using BlockingCollection<long> arrivals = [];
        Random random = new(seed);
        Task clock = Task.Run(() =>
        {
            Stopwatch since = Stopwatch.StartNew();
            try
            {
                for (double at = 0; at < duration.TotalSeconds; at -= Math.Log(1 - random.NextDouble()) / perSecond)
                {
                    TimeSpan wait = TimeSpan.FromSeconds(at) - since.Elapsed;
                    if (wait > TimeSpan.Zero) cancellation.WaitHandle.WaitOne(wait);
                    cancellation.ThrowIfCancellationRequested();
                    arrivals.Add(Stopwatch.GetTimestamp(), cancellation);
                }
            }
            finally
            {
                arrivals.CompleteAdding();
            }
        }, CancellationToken.None);
        ServingPhase phase = Run(sessions.Length, () => arrivals.TryTake(out long came, Timeout.Infinite, cancellation) ? came : null, cancellation);
        clock.GetAwaiter().GetResult();
        return phase;
    }

    /// <param name="next">When the next question came; null where there is none any more.</param>
    private ServingPhase Run(int clients, Func<long?> next, CancellationToken cancellation)
    {
        ConcurrentQueue<double> seconds = [];
        ConcurrentQueue<string> errors = [];
        int wrong = 0;
        Stopwatch since = Stopwatch.StartNew();
        Thread[] threads = [.. sessions.Take(clients).Select(session => new Thread(() =>
        {
            try
            {
                while (!cancellation.IsCancellationRequested && next() is { } came)
                {
                    int question = Interlocked.Increment(ref _asked) % inputs.Length;
                    float[] answer = session.Infer([inputs[question]], cancellation: cancellation)[0][0].Data;
                    seconds.Enqueue(Stopwatch.GetElapsedTime(came).TotalSeconds);
                    if (Array.IndexOf(answer, answer.Max()) != tops[question]) Interlocked.Increment(ref wrong);
                }
            }
            catch (ProtocolException fault)
            {
                errors.Enqueue(fault.Message);
            }
            catch (OperationCanceledException)
            {
                // Told once all have ended.
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        cancellation.ThrowIfCancellationRequested();
        return ServingPhase.Of(since.Elapsed.TotalSeconds, seconds, wrong, [.. errors]);
    }
}
