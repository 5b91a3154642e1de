using System.Text.Json;

namespace Blindsight.EndToEnd;

public sealed class CompareTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    [Fact]
    public void Families_stand_side_by_side_and_those_that_cannot_say_why()
    {
        string json = File("comparison.json"), html = File("comparison.html");
        Tool.Outcome outcome = Tool.Run("compare", small.Model, "--calibration", small.Input, "--input", small.Input, "--rows", "1-2",
            "--families", "silent-ot,tables,safenet,he,tfhe", "--json", json, "--html", html);
        Assert.Equal((0, ""), (outcome.ExitCode, string.Concat(outcome.Error.Split('\n').Where(line => line.StartsWith("blindsight: ")))));
        JsonElement report = JsonDocument.Parse(System.IO.File.ReadAllText(json)).RootElement;
        Dictionary<string, JsonElement> entries = report.GetProperty("entries").EnumerateArray().ToDictionary(entry => entry.GetProperty("name").GetString()!);
        Assert.Equal(["silent-ot", "safenet", "tables", "he", "tfhe"], entries.Keys);
        foreach (string name in (string[])["silent-ot", "tables"])
        {
            JsonElement figures = entries[name].GetProperty("figures");
            Assert.Equal((2, 2, true), (figures.GetProperty("rows").GetInt32(), figures.GetProperty("top1_agreement").GetInt32(),
                figures.GetProperty("within_bound").GetBoolean()));
            Assert.All((string[])["offline_seconds", "online_seconds", "offline_bytes", "online_bytes", "online_rounds", "client_bytes", "client_cpu_seconds",
                "others_cpu_seconds", "joules"], figure => Assert.True(figures.GetProperty(figure).GetDouble() > 0, $"{name}: {figure}"));
        }
        Assert.True(Figure("tables", "client_bytes") < Figure("silent-ot", "client_bytes"), "a client of two servers has hardly anything to send");
        Assert.Contains("not a polynomial", entries["he"].GetProperty("reason").GetString());
        Assert.Contains("--plan", entries["safenet"].GetProperty("reason").GetString());
        Assert.Contains("10 ms", entries["tfhe"].GetProperty("reason").GetString());
        string page = System.IO.File.ReadAllText(html);
        Assert.DoesNotContain("http", page);
        Assert.DoesNotContain("<script", page);
        Assert.Contains("model in 2 ways", page);

        double Figure(string name, string figure) => entries[name].GetProperty("figures").GetProperty(figure).GetDouble();
    }

    [Fact]
    public void What_cannot_be_compared_is_refused_before_anything_runs()
    {
        Tool.Outcome unknown = Tool.Run("compare", small.Model, "--calibration", small.Input, "--input", small.Input, "--families", "silent-ot,guess");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("no family 'guess'", unknown.Complaint);
        Tool.Outcome unplanned = Tool.Run("compare", small.Model, "--calibration", small.Input, "--input", small.Input, "--plan", File("none.onnx"));
        Assert.Equal(1, unplanned.ExitCode);
        Assert.Contains("none.plan", unplanned.Complaint);
    }
}
