using System.Text.RegularExpressions;

namespace Blindsight.Unit.Architecture;

/// <summary>The files of the web page as a browser gets them.</summary>
public sealed partial class PageFilesTests
{
    private const int LinesMax = 420, ColumnsMax = 160;

    private static readonly string Folder = Path.Combine(Repository.Root, "src", "Hosting", "Page");
    private static readonly string Index = File.ReadAllText(Path.Combine(Folder, "index.html"));

    private static IEnumerable<string> Files => Directory.EnumerateFiles(Folder).Order();

    [Fact]
    public void Nothing_runs_that_the_policy_forbids()
    {
        Assert.DoesNotMatch(@"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", Index);
        foreach (string file in Files)
        {
            string text = File.ReadAllText(file);
            Assert.DoesNotMatch(@"\beval\(|new Function|innerHTML|document\.write|setAttribute\(.style", text);
            Assert.All(Address().Matches(text), address => Assert.Equal("http://www.w3.org/2000/svg", address.Value));
        }
    }

    [Fact]
    public void Files_are_short_and_lines_narrow()
    {
        string[] tests = Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Browser"), "*.mjs");
        foreach (string file in Files.Concat(tests))
        {
            string[] lines = File.ReadAllLines(file);
            Assert.True(lines.Length <= LinesMax, $"{file} has {lines.Length} lines");
            if (Path.GetExtension(file) != ".svg")
                Assert.True(lines.All(line => line.Length <= ColumnsMax), $"{file} has a line of over {ColumnsMax} characters");
        }
    }

    [GeneratedRegex("""https?://[^\s"'`)$]+""")]
    private static partial Regex Address();
}
