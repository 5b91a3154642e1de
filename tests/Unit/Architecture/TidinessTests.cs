using System.Text.RegularExpressions;

namespace Blindsight.Unit.Architecture;

public sealed partial class TidinessTests
{
    private const int LinesMax = 420, ColumnsMax = 160;

    [Fact]
    public void Files_are_short_and_lines_narrow()
    {
        foreach ((string path, string[] lines) in All())
        {
            Assert.True(lines.Length <= LinesMax, $"{path} has {lines.Length} lines");
            Assert.True(lines.All(line => line.Length <= ColumnsMax), $"{path} has a line of over {ColumnsMax} characters");
        }
    }

    [Fact]
    public void Nothing_is_put_off_or_commented_out()
    {
        foreach ((string path, string[] lines) in All().Where(file => !file.Path.EndsWith(nameof(TidinessTests) + ".cs")))
            for (int i = 0; i < lines.Length; i++)
                Assert.False(PutOff().IsMatch(lines[i]), $"{path}:{i + 1}: {lines[i].Trim()}");
    }

    [Fact]
    public void Product_code_has_no_mutable_statics()
    {
        foreach ((string path, string[] lines) in Repository.CSharp("src"))
            for (int i = 0; i < lines.Length; i++)
                Assert.False(MutableStatic().IsMatch(lines[i]), $"{path}:{i + 1}: {lines[i].Trim()}");
    }

    [Fact]
    public void Product_code_takes_randomness_from_the_system_and_AES_only()
    {
        string[] trainer = ["src/Training/"];
        foreach ((string path, string[] lines) in Repository.CSharp("src").Where(file => !trainer.Any(file.Path.StartsWith)))
            for (int i = 0; i < lines.Length; i++)
                Assert.False(lines[i].Contains("new Random(") || lines[i].Contains("Random.Shared"), $"{path}:{i + 1}: {lines[i].Trim()}");
    }

    [Fact]
    public void Unsafe_access_stays_in_vector_files()
    {
        string[] rooms = ["src/Compiler/", "src/Inference/", "src/Transport/", "src/Cli/", "src/Attestation/", "src/Hosting/"];
        foreach ((string path, string[] lines) in Repository.CSharp("src").Where(file => rooms.Any(file.Path.StartsWith)))
            Assert.False(lines.Any(line => line.Contains("Unsafe.") || line.Contains("unsafe ") || line.Contains("GetReference(")), path);
    }

    private static IEnumerable<(string Path, string[] Lines)> All() => Repository.CSharp("src").Concat(Repository.CSharp("tests"));

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|#region|NotImplementedException|^\s*//\s*(var|int|for|if|return|using)\b.*[;{]\s*$")]
    private static partial Regex PutOff();

    [GeneratedRegex(@"^\s*(public|private|internal|protected)[\w\s]*\bstatic\b(?!.*\b("
        + "readonly|const|class|record|struct|delegate|event|extern|partial|using|operator|implicit|explicit|get|"
        + @"enum|interface)\b)[^(=>]*(=(?!>)|;)")]
    private static partial Regex MutableStatic();
}
