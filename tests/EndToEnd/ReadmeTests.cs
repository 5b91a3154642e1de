using System.Diagnostics;

namespace Blindsight.EndToEnd;

/// <summary>The README's tour, each command as it is written there, from a folder that holds nothing but the demo's files.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Every_command_of_the_five_minute_tour_runs_as_written()
    {
        string folder = Directory.CreateTempSubdirectory("blindsight-readme-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "assets"));
            Directory.CreateSymbolicLink(Path.Combine(folder, "assets", "demo"), Path.Combine(Tool.Root, "assets", "demo"));
            string[] commands = Commands();
            Assert.True(commands.Length >= 6, $"the tour has {commands.Length} commands");
            foreach (string command in commands) RunIn(folder, command);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The lines of the section's first code block, continued lines joined, comments left out.</summary>
    private static string[] Commands()
    {
        string page = File.ReadAllText(Path.Combine(Tool.Root, "README.md"));
        string section = page[page.IndexOf("## Five minutes", StringComparison.Ordinal)..];
        string block = section.Split("```")[1].Replace("\\\n", " ", StringComparison.Ordinal);
        return [.. block.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("./blindsight", StringComparison.Ordinal))];
    }

    private static void RunIn(string folder, string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "blindsight.dll"), .. words[1..]])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            // What 'measure' stores stays out of the user's own folder.
            Environment = { ["XDG_DATA_HOME"] = Path.Combine(folder, "data") },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), $"{command} did not end");
        Assert.True(process.ExitCode == 0, $"{command}: {error.Result}");
        Assert.NotEmpty(output.Result);
    }
}
