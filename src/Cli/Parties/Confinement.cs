using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Blindsight.Cli.Parties;

/// <summary>
/// Confines this process to files of its own, with Linux's Landlock: afterwards it can read the system's folders, the .NET
/// runtime, this program and the files that it names, and can write none. Whoever it belongs to, and root too, cannot undo it.
/// </summary>
/// <remarks>
/// Landlock restricts the calling thread and what it starts; the runtime already has other threads. So the restricted
/// thread replaces the process by a fresh one of the same program (execve), all of which inherits the restriction.
/// </remarks>
internal static class Confinement
{
    private const long CreateRuleset = 444, AddRule = 445, RestrictSelf = 446;
    private const int RulePathBeneath = 1, NoNewPrivileges = 38, OpenPath = 0x200000, CloseOnExec = 0x80000;
    private const uint VersionFlag = 1;

    /// <summary>Access to files, as bits of the kernel's interface: linux/landlock.h.</summary>
    private const ulong Execute = 1, WriteFile = 2, ReadFile = 4, ReadFolder = 8;

    /// <summary>All rights of the first version, and truncation and renaming from versions 2 and 3 on.</summary>
    private const ulong FirstRights = (1 << 13) - 1, Renaming = 1 << 13, Truncation = 1 << 14;

    private static readonly string[] SystemFolders = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys"];

    private static readonly string[] Devices = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty"];

    /// <summary>Whether this kernel can confine.</summary>
    public static bool Supported => OperatingSystem.IsLinux() && KernelVersion() > 0;

    /// <summary>Whether a confined process could read the file although it is not its own, because of where it lies.</summary>
    public static bool Exposes(string path) =>
        ReadableFolders().Any(folder => Resolved(path).StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal));

    /// <summary>Restricts this process to the named files and starts it anew with <paramref name="arguments"/>. Does not return.</summary>
    /// <exception cref="CommandException">The kernel cannot confine.</exception>
    public static void Restart(IEnumerable<string> files, IReadOnlyList<string> arguments)
    {
        if (!OperatingSystem.IsLinux() || KernelVersion() <= 0)
            throw new CommandException("--confine needs Linux with Landlock (kernel 5.13 or later), which this system does not offer.");
        Restrict(files);
        ProcessReplacement.By([.. ThisProgram.CommandLine, .. arguments]);
    }

    [SupportedOSPlatform("linux")]
    private static void Restrict(IEnumerable<string> files)
    {
        long version = KernelVersion();
        RulesetAttributes attributes = new()
        {
            HandledFiles = FirstRights | (version >= 2 ? Renaming : 0) | (version >= 3 ? Truncation : 0),
        };
        int ruleset = Checked(Syscall(CreateRuleset, ref attributes, Marshal.SizeOf<RulesetAttributes>(), 0));
        foreach (string folder in ReadableFolders()) Allow(ruleset, folder, Execute | ReadFile | ReadFolder);
        foreach (string device in Devices) Allow(ruleset, device, ReadFile | WriteFile);
        foreach (string file in files) Allow(ruleset, Path.GetFullPath(file), ReadFile);
        Checked(Prctl(NoNewPrivileges, 1, 0, 0, 0));
        Checked(Syscall(RestrictSelf, ruleset, 0, 0));
    }

    private static IEnumerable<string> ReadableFolders() =>
        [.. SystemFolders, AppContext.BaseDirectory, ThisProgram.RuntimeFolder];

    /// <summary>Where a path leads once its last link is followed.</summary>
    private static string Resolved(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    private static void Allow(int ruleset, string path, ulong access)
    {
        int file = Open(path, OpenPath | CloseOnExec);
        if (file < 0) return;
        PathBeneath rule = new() { Access = access, Parent = file };
        Checked(Syscall(AddRule, ruleset, RulePathBeneath, ref rule, 0));
        Close(file);
    }

    private static long KernelVersion() => Syscall(CreateRuleset, 0, 0, VersionFlag);

    private static int Checked(long result) =>
        result >= 0 ? (int)result : throw new CommandException($"This process cannot be confined (error {Marshal.GetLastPInvokeError()}).");

    [StructLayout(LayoutKind.Sequential)]
    private struct RulesetAttributes
    {
        public ulong HandledFiles;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PathBeneath
    {
        public ulong Access;
        public int Parent;
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern long Syscall(long number, ref RulesetAttributes attributes, nint bytes, nuint flags);

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern long Syscall(long number, nint ruleset, nint kind, ref PathBeneath rule, nuint flags);

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern long Syscall(long number, nint first, nint second, nuint flags);

    [DllImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static extern int Prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int file);
}
