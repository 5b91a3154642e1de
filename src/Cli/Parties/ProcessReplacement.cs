using System.Runtime.InteropServices;

namespace Blindsight.Cli.Parties;

/// <summary>Replaces this process by another program's, with its files, its number and what restricts it (execve).</summary>
internal static class ProcessReplacement
{
    /// <summary>Does not return.</summary>
    /// <exception cref="CommandException">The program cannot be started.</exception>
    public static void By(params IReadOnlyList<string> command)
    {
        if (OperatingSystem.IsWindows()) throw new CommandException("This needs a system on which a process can be replaced by another.");
        Execv(command[0], [.. command, null]);
        throw new CommandException($"{command[0]} cannot be started (error {Marshal.GetLastPInvokeError()}).");
    }

    [DllImport("libc", EntryPoint = "execv", SetLastError = true)]
    private static extern int Execv(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);
}
