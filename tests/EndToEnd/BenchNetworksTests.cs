using System.Text.Json;

namespace Blindsight.EndToEnd;

public sealed class BenchNetworksTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    private string Trained => $"  - name: small\n    model: {small.Model}\n    calibration: {small.Input}\n    input: {small.Input}\n    rows: 3-4\n";

    private string Synthesised => $"  - name: drawn\n    topology: {small.Model}\n    seed: 9\n    calibration: {small.Input}\n"
        + $"    calibration_rows: 0-3\n    input: {small.Input}\n";

    [Fact]
    public void The_reports_have_exactly_the_documented_form()
    {
        string json = File("networks.json"), csv = File("networks.csv");
        Tool.Outcome outcome = Tool.Run("bench", "networks", "--manifest", File("manifest.yaml", "networks:\n" + Trained + Synthesised),
            "--links", "none,lan", "--threads", "1,2", "--repeat", "3", "--json", json, "--csv", csv, "--networks", "small");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(json));
        JsonElement report = document.RootElement;
        Assert.Equal(["schema_version", "machine", "networks"], Keys(report).Where(key => key != "commit"));
        JsonElement[] figures = [.. report.GetProperty("networks").EnumerateArray()];
        Assert.Equal([("none", 1), ("none", 2), ("lan", 1), ("lan", 2)],
            figures.Select(figure => (figure.GetProperty("link").GetString(), figure.GetProperty("threads").GetInt32())));
        foreach (JsonElement figure in figures)
        {
            Assert.Equal(["name", "link", "threads", "repetitions", "comparisons", "offline_seconds", "online_seconds", "total_seconds",
                "offline_bytes", "online_bytes", "client_to_server_bytes", "server_to_client_bytes", "offline_rounds", "online_rounds",
                "client_peak_rss_bytes", "server_peak_rss_bytes", "rows", "top1_agreement", "largest_difference", "difference_bound",
                "within_bound"], Keys(figure));
            foreach (string seconds in (string[])["offline_seconds", "online_seconds", "total_seconds"])
            {
                JsonElement spread = figure.GetProperty(seconds);
                Assert.Equal(["median", "minimum", "maximum"], Keys(spread));
                Assert.InRange(spread.GetProperty("median").GetDouble(), spread.GetProperty("minimum").GetDouble(), spread.GetProperty("maximum").GetDouble());
            }
            Assert.Equal(Number(figure, "offline_bytes") + Number(figure, "online_bytes"),
                Number(figure, "client_to_server_bytes") + Number(figure, "server_to_client_bytes"));
            Assert.Equal((2, 2, true), (Number(figure, "rows"), Number(figure, "top1_agreement"), figure.GetProperty("within_bound").GetBoolean()));
            Assert.Equal(256, Number(figure, "comparisons"));
            Assert.True(Number(figure, "server_peak_rss_bytes") > 1 << 20);
        }
        string[] lines = System.IO.File.ReadAllLines(csv);
        Assert.Equal(1 + figures.Length, lines.Length);
        Assert.StartsWith("name,link,threads,repetitions,comparisons,offline_seconds_median,offline_seconds_minimum,", lines[0]);
        Assert.EndsWith(",within_bound,cpu,cores,runtime,commit", lines[0]);
        Assert.StartsWith("small,none,1,3,256,", lines[1]);
        Assert.Contains("small", outcome.Output);
    }

    [Fact]
    public void A_topology_gets_random_weights_and_is_measured()
    {
        string json = File("networks.json");
        Tool.Outcome outcome = Tool.Run("bench", "networks", "--manifest", File("manifest.yaml", "networks:\n" + Synthesised), "--repeat", "1", "--json", json);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(json));
        JsonElement figure = Assert.Single(document.RootElement.GetProperty("networks").EnumerateArray());
        Assert.Equal(("drawn", true), (figure.GetProperty("name").GetString(), figure.GetProperty("within_bound").GetBoolean()));
    }

    [Theory]
    [InlineData("networks: 5", "not a manifest")]
    [InlineData("nets:\n  - name: x\n", "'nets' is not a key")]
    [InlineData("networks: []", "lists no network")]
    [InlineData("networks:\n  - name: x\n    modle: y\n", "network 'x': 'modle' is not a key")]
    [InlineData("networks:\n  - name: x\n    calibration: c\n    input: i\n", "network 'x': either 'model' or 'topology'")]
    [InlineData("networks:\n  - model: y\n    calibration: c\n    input: i\n", "network 1: 'name' is missing")]
    [InlineData("networks:\n  - name: x\n    model: y\n    input: i\n", "network 'x': 'calibration' is missing")]
    [InlineData("networks:\n  - name: x\n    topology: y\n    seed: -1\n    calibration: c\n    input: i\n", "'seed' is '-1'")]
    [InlineData("networks:\n  - name: x\n    model: y\n    model: z\n", "'model' is given twice")]
    [InlineData("networks:\n  - name: x\n    model: absent.onnx\n    calibration: c\n    input: i\n", "absent.onnx'")]
    public void A_bad_manifest_is_refused_by_name(string text, string complaint)
    {
        string manifest = File("manifest.yaml", text);
        Tool.Outcome outcome = Tool.Run("bench", "networks", "--manifest", manifest);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(manifest, outcome.Complaint);
        Assert.Contains(complaint, outcome.Complaint);
    }

    [Fact]
    public void Networks_links_and_threads_that_do_not_exist_are_refused_by_name()
    {
        string manifest = File("manifest.yaml", "networks:\n" + Trained);
        Assert.Contains("no network 'other'; it has small", Tool.Run("bench", "networks", "--manifest", manifest, "--networks", "other").Complaint);
        Assert.Contains("no link 'slow'", Tool.Run("bench", "networks", "--manifest", manifest, "--links", "none,slow").Complaint);
        Assert.Contains("not '0'", Tool.Run("bench", "networks", "--manifest", manifest, "--threads", "1,0").Complaint);
        Assert.Contains("--models DIR", Tool.Run("bench", "networks").Complaint);
    }

    [Fact]
    public void Without_a_manifest_the_repositorys_own_is_used_and_absent_networks_are_left_out()
    {
        Tool.Outcome outcome = Tool.Run("bench", "networks", "--models", Path.GetDirectoryName(File("x"))!);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("squeezenet1.1 is left out", outcome.Error);
        Assert.Contains("None of the networks", outcome.Complaint);
    }

    private static string[] Keys(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];

    private static long Number(JsonElement element, string key) => element.GetProperty(key).GetInt64();
}
