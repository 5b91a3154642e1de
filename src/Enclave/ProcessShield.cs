using System.Runtime.InteropServices;

namespace Blindsight.Enclave;

/// <summary>What a process can do against other processes of its user; against the machine's owner only a TEE does something.</summary>
internal static class ProcessShield
{
    private const int SetDumpable = 4;

    /// <summary>No core dumps, and no debugger or reader of memory that is not root's.</summary>
    public static void Raise()
    {
        if (OperatingSystem.IsLinux() && Prctl(SetDumpable, 0, 0, 0, 0) != 0) throw new IOException("this process cannot be made undumpable");
    }

    [DllImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static extern int Prctl(int option, nuint first, nuint second, nuint third, nuint fourth);
}
