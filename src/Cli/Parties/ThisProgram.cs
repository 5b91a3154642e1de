namespace Blindsight.Cli.Parties;

/// <summary>How this very program is started again.</summary>
internal static class ThisProgram
{
    /// <summary>The executable and, where that is the .NET host, the assembly.</summary>
    public static IReadOnlyList<string> CommandLine => Of("blindsight");

    /// <summary>How the enclave that came with it is started.</summary>
    public static IReadOnlyList<string> Enclave => Of("blindsight-enclave");

    private static IReadOnlyList<string> Of(string name)
    {
        string host = Environment.ProcessPath ?? throw new CommandException("This program cannot tell where it is.");
        bool isHost = Path.GetFileNameWithoutExtension(host) == "dotnet";
        return isHost ? [host, Path.Combine(AppContext.BaseDirectory, $"{name}.dll")] : [Path.Combine(AppContext.BaseDirectory, name)];
    }

    /// <summary>The folder of the .NET installation, above its shared frameworks.</summary>
    public static string RuntimeFolder => Path.GetFullPath(
        Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
