using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Blindsight.Mpc.ObliviousTransfer.Silent;

namespace Blindsight.Conformance.Parameters;

public sealed class LpnEstimateTests
{
    [EstimatorFact]
    public void The_estimator_finds_no_attack_below_128_bits_on_the_sets_in_use()
    {
        string[][] rows = [.. Run(EstimatorFactAttribute.Script!).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(LpnParameters.Table.Length, rows.Length);
        foreach ((LpnParameters row, string[] estimate) in LpnParameters.Table.Zip(rows))
        {
            Assert.Equal([row.Samples, row.SecretBits, row.Weight], estimate[..3].Select(int.Parse));
            double[] costs = [.. estimate[3..].Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            Assert.Equal(costs.Min(), row.SecurityBits, 0.051);
            Assert.All(costs, cost => Assert.True(cost >= LpnParameters.RequiredSecurityBits));
        }
    }

    /// <summary>A set that was published and used, and one a little below the table's first.</summary>
    [EstimatorTheory]
    [InlineData("10485760", "452000", "1280")]
    [InlineData("204800", "32768", "400")]
    public void The_estimator_refuses_weaker_sets(string n, string k, string t) =>
        Run(EstimatorFactAttribute.Script!, 1, n, k, t);

    private static string Run(string script, int exitCode = 0, params string[] arguments)
    {
        using Process python = Process.Start(
            new ProcessStartInfo("python3", [script, .. arguments]) { RedirectStandardOutput = true })!;
        string output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.Equal(exitCode, python.ExitCode);
        return output;
    }
}

/// <summary>A fact that runs tools/estimate_lpn.py and is skipped, saying so, where python3 is absent.</summary>
public sealed class EstimatorFactAttribute : FactAttribute
{
    public EstimatorFactAttribute() => Skip = Missing;

    public static string? Script { get; } = Find();

    /// <summary>What the estimator lacks here; null where nothing.</summary>
    public static string? Missing { get; } =
        Script is null ? "tools/estimate_lpn.py was not found" : HasPython() ? null : "python3 is absent";

    private static string? Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "tools", "estimate_lpn.py");
            if (File.Exists(candidate)) return candidate;
        }
        return null;
    }

    private static bool HasPython()
    {
        try
        {
            using Process python = Process.Start(
                new ProcessStartInfo("python3", ["--version"]) { RedirectStandardOutput = true })!;
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>The same for several cases.</summary>
public sealed class EstimatorTheoryAttribute : TheoryAttribute
{
    public EstimatorTheoryAttribute() => Skip = EstimatorFactAttribute.Missing;
}
