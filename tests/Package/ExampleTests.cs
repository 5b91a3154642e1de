using System.Diagnostics;
using Blindsight.Harness;
using Blindsight.Tests;

namespace Blindsight.Package;

/// <summary>Every example as a process, from the repository's root.</summary>
public sealed class ExampleTests
{
    private const int TimeoutMs = 180_000;

    [Theory]
    [InlineData("01-local-demo", "", @"row 0: 0\n(.*\n)*3 rows: offline")]
    [InlineData("02-your-own-model", "", @"fixed point deviates by 0\.\d+.?%(.*\n)*row 0: 0\n")]
    [InlineData("03-web-server", "--once", @"ws://127\.0\.0\.1:\d+/blindsight(.*\n)*row 0: 0")]
    [InlineData("04-two-servers", "", @"Submitted(.*\n)*row 0: 0\nrow 1: 0\n")]
    [InlineData("05-planner", "", @"% of ReLUs replaced(.*\n)*planned: .* of \d+ test images right")]
    public void It_runs(string example, string arguments, string expected) => Assert.Matches(expected, Run(example, arguments).Output);

    [DataFact]
    public void A_model_of_a_medical_table_is_served_and_right_about_patients()
    {
        string table = SharedData.Path("datasets", "breast-cancer-wisconsin-diagnostic_dataset.csv");
        (int code, string output) = Run("06-medical-table", table);
        Assert.Equal(0, code);
        string count = output[..output.IndexOf(" of 32 test patients are right", StringComparison.Ordinal)].Split('\n')[^1];
        Assert.True(int.Parse(count) >= 29, output);
        Assert.Matches("(benign|malignant)", output);
    }

    [Fact]
    public void The_medical_example_says_what_it_needs() => Assert.Equal((2, ""), Run("06-medical-table", "nowhere.csv"));

    [Fact]
    public void The_index_names_every_example()
    {
        string folder = Path.Combine(DemoModel.Root(), "examples"), index = File.ReadAllText(Path.Combine(folder, "README.md"));
        foreach (string example in Directory.GetDirectories(folder)) Assert.Contains($"[{Path.GetFileName(example)}](", index);
    }

    private static (int Code, string Output) Run(string example, string arguments)
    {
        string folder = Path.Combine(DemoModel.Root(), "examples", example);
        string project = Path.GetFileNameWithoutExtension(Directory.GetFiles(folder, "*.csproj")[0]);
        string configuration = AppContext.BaseDirectory.Contains("/Debug/") ? "Debug" : "Release";
        string program = Path.Combine(folder, "bin", configuration, "net10.0", $"Blindsight.{project}.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
        {
            WorkingDirectory = DemoModel.Root(), RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeoutMs))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{example} did not end: {error.Result}");
        }
        Assert.True(process.ExitCode is 0 or 2, error.Result);
        return (process.ExitCode, output.Result);
    }
}
