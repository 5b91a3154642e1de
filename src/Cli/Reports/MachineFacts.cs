using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Blindsight.Cli.Reports;

/// <summary>The machine and the runtime that figures belong to.</summary>
internal sealed record MachineFacts(string Cpu, int Cores, bool Avx512, bool Avx2, bool Aes, string Runtime)
{
    private const string LinuxFacts = "/proc/cpuinfo", ModelName = "model name";

    public static MachineFacts Read() => new(CpuName(), Environment.ProcessorCount, Avx512F.IsSupported && Avx512DQ.IsSupported,
        System.Runtime.Intrinsics.X86.Avx2.IsSupported, AesNi.IsSupported, RuntimeInformation.FrameworkDescription);

    /// <summary>The commit that this program was built from, or null where the build did not know it.</summary>
    public static string? Commit()
    {
        string? version = typeof(MachineFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        int plus = version?.IndexOf('+') ?? -1;
        return plus < 0 ? null : version![(plus + 1)..];
    }

    private static string CpuName()
    {
        string? line = File.Exists(LinuxFacts)
            ? File.ReadLines(LinuxFacts).FirstOrDefault(text => text.StartsWith(ModelName, StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
