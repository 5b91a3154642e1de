using System.Text.Json;

namespace Blindsight.EndToEnd;

public sealed class BenchSonicTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    private static readonly string[] FigureKeys =
    [
        "name", "comparison", "link", "repetitions", "comparisons", "online_seconds", "online_bytes", "online_rounds", "offline_seconds",
        "offline_bytes", "prepared_seconds", "rows", "top1_agreement", "largest_difference", "difference_bound", "within_bound",
    ];

    private string Manifest => File("manifest.yaml",
        $"networks:\n  - name: small\n    model: {small.Model}\n    calibration: {small.Input}\n    input: {small.Input}\n    rows: 3-5\n");

    [Fact]
    public void Every_way_of_comparing_is_right_and_the_report_has_the_documented_form()
    {
        string json = File("sonic.json");
        Tool.Outcome outcome = Tool.Run("bench", "sonic", "--manifest", Manifest, "--links", "none", "--repeat", "3", "--json", json);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(json));
        JsonElement report = document.RootElement;
        Assert.Equal(["schema_version", "machine", "figures", "savings"], Keys(report).Where(key => key != "commit"));
        Dictionary<string, JsonElement> figures = report.GetProperty("figures").EnumerateArray().ToDictionary(
            figure => figure.GetProperty("comparison").GetString()!);
        Assert.Equal(["tables", "fss", "sonic", "garbled"], figures.Keys);
        foreach ((string comparison, JsonElement figure) in figures)
        {
            Assert.Equal(FigureKeys.Where(key => key != "prepared_seconds" || comparison != "garbled"), Keys(figure));
            Assert.Equal((3, 3, true), (Number(figure, "rows"), Number(figure, "top1_agreement"), figure.GetProperty("within_bound").GetBoolean()));
            Assert.Equal(256, Number(figure, "comparisons"));
        }
        // 256 ReLUs of 602 bits, and openings of 64 inputs and 256 results.
        Assert.Equal(256 * 602 / 8 + 8 * (64 + 256), Number(figures["sonic"], "online_bytes"));
        Assert.Equal(2 * 7 + 3, Number(figures["sonic"], "online_rounds"));
        foreach (JsonElement saving in report.GetProperty("savings").EnumerateArray())
        {
            JsonElement ours = figures[saving.GetProperty("comparison").GetString()!];
            Assert.Equal((double)Number(figures["sonic"], "online_bytes") / Number(ours, "online_bytes"),
                saving.GetProperty("online_against_sonic").GetDouble(), 6);
            Assert.True(saving.GetProperty("online_against_garbled").GetDouble() > 1);
        }
        Assert.Equal(2, report.GetProperty("savings").GetArrayLength());
        Assert.Contains("online below garbled", outcome.Output);
    }

    [Fact]
    public void Unknown_ways_are_refused_by_name()
    {
        Tool.Outcome outcome = Tool.Run("bench", "sonic", "--manifest", Manifest, "--comparisons", "tables,guess");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("'guess'", outcome.Complaint);
    }

    private static long Number(JsonElement element, string key) => element.GetProperty(key).GetInt64();

    private static IEnumerable<string> Keys(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}
