using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Blindsight.Conformance.MachineCode;

/// <summary>The optimised machine code of methods, as the just-in-time compiler prints it while a small inference runs.</summary>
internal static partial class Disassembly
{
    private const int RunsMax = 5;

    /// <summary>
    /// Listings by method; several where a method is generic. Threads that compile at the same time may mix their lines, which hides methods:
    /// what is missing is looked for in another run.
    /// </summary>
    public static ILookup<string, string[]> Of(IReadOnlyList<string> methods)
    {
        List<(string Method, string[] Lines)> listings = [];
        for (int run = 0; run < RunsMax && methods.Any(Missing); run++) listings.AddRange(Run([.. methods.Where(Missing)]));
        return listings.ToLookup(entry => entry.Method, entry => entry.Lines);

        bool Missing(string method) => !listings.Any(listing => listing.Method.StartsWith(method, StringComparison.Ordinal));
    }

    private static (string Method, string[] Lines)[] Run(string[] methods)
    {
        string listing = Path.GetTempFileName();
        try
        {
            string probe = Path.Combine(AppContext.BaseDirectory, "Blindsight.KernelProbe.dll");
            ProcessStartInfo start = new("dotnet", ["exec", probe]) { RedirectStandardError = true, RedirectStandardOutput = true };
            start.Environment["DOTNET_TieredCompilation"] = "0";
            start.Environment["DOTNET_JitStdOutFile"] = listing;
            start.Environment["DOTNET_JitDisasm"] = string.Join(' ', methods);
            using Process process = Process.Start(start)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
            return [.. Split(File.ReadAllLines(listing))];
        }
        finally
        {
            File.Delete(listing);
        }
    }

    private static IEnumerable<(string Method, string[] Lines)> Split(string[] lines)
    {
        int[] starts = [.. Enumerable.Range(0, lines.Length).Where(i => Header().IsMatch(lines[i])), lines.Length];
        for (int i = 0; i + 1 < starts.Length; i++)
            yield return (Header().Match(lines[starts[i]]).Groups[1].Value, lines[starts[i]..starts[i + 1]]);
    }

    [GeneratedRegex(@"^; Assembly listing for method ([\w.+`]+:[\w.<>|]+)")]
    private static partial Regex Header();
}
