using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Blindsight.Transport.Emulation;

/// <summary>
/// Waiting to within some microseconds: sleeps by the kernel's high-resolution timer where there is one, so that a busy machine
/// wakes the thread in time, and yields through the rest.
/// </summary>
internal static class PreciseWait
{
    private const int SetTimerSlack = 29;
    private const double LongestSleepMs = 5, YieldMs = 0.02, CoarseYieldMs = 1.5;

    /// <summary>Asks the kernel to wake the calling thread without the usual 50 microseconds of slack.</summary>
    public static void PrepareThread()
    {
        if (OperatingSystem.IsLinux()) SetThreadOption(SetTimerSlack, 1, 0, 0, 0);
    }

    /// <summary>Returns once <see cref="Stopwatch.GetTimestamp"/> has reached <paramref name="due"/>, or early if told to.</summary>
    public static void Until(long due, ref bool stop)
    {
        while (!Volatile.Read(ref stop))
        {
            double leftMs = (due - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
            if (leftMs <= 0) return;
            if (OperatingSystem.IsLinux() && leftMs > YieldMs) Sleep(Math.Min(leftMs - YieldMs, LongestSleepMs));
            else if (leftMs > CoarseYieldMs) Thread.Sleep(1);
            else if (!Thread.Yield()) Thread.SpinWait(20);
        }
    }

    private static void Sleep(double ms)
    {
        TimeSpec time = new() { Nanoseconds = (nint)(ms * 1e6) };
        NanoSleep(ref time, 0);
    }

    /// <summary>The C library's timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    private static extern int NanoSleep(ref TimeSpec time, nint remaining);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int SetThreadOption(int option, nuint value, nuint third, nuint fourth, nuint fifth);
}
