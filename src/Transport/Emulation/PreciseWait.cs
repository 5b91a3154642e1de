using System.Diagnostics;

namespace Blindsight.Transport.Emulation;

/// <summary>
/// Waiting to within some microseconds: sleeps while more than a scheduler's tick is left, then yields until the time has
/// come, so that a thread with work to do runs meanwhile.
/// </summary>
internal static class PreciseWait
{
    private static readonly long SleepMarginTicks = Stopwatch.Frequency * 15 / 10_000;

    /// <summary>Returns once <see cref="Stopwatch.GetTimestamp"/> has reached <paramref name="due"/>, or early if told to.</summary>
    public static void Until(long due, ref bool stop)
    {
        while (!Volatile.Read(ref stop))
        {
            long left = due - Stopwatch.GetTimestamp();
            if (left <= 0) return;
            if (left > SleepMarginTicks) Thread.Sleep(1);
            else if (!Thread.Yield()) Thread.SpinWait(20);
        }
    }
}
