using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>
/// Time that the calling thread has computed, so that what other programs do on the machine counts little. Wall-clock where the system has no
/// such clock.
/// </summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Nanoseconds since some moment; never decreasing on a thread.</summary>
    public static double Now()
    {
        if (OperatingSystem.IsLinux() && ClockGetTime(ThreadCpuTime, out TimeSpec time) == 0) return 1e9 * time.Seconds + time.Nanoseconds;
        return Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
    }

    /// <summary>The C library's timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out TimeSpec time);
}
