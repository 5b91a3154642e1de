using System.Text.Json;

namespace Blindsight.EndToEnd;

public sealed class BenchServingTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    [Fact]
    public void Many_clients_are_answered_rightly_and_counted()
    {
        string json = File("serving.json");
        Tool.Outcome outcome = Tool.Run("bench", "serving", small.Model, "--plan", small.Plan, "--input", small.Input, "--clients", "3", "--minutes", "0.02",
            "--json", json);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        JsonElement report = JsonDocument.Parse(System.IO.File.ReadAllText(json)).RootElement;
        foreach (string name in (string[])["alone", "capacity", "open"])
        {
            JsonElement phase = report.GetProperty(name);
            Assert.True(phase.GetProperty("answers").GetInt32() > 0, name);
            Assert.Equal((0, 0), (phase.GetProperty("wrong").GetInt32(), phase.GetProperty("errors").GetArrayLength()));
            Assert.True(phase.GetProperty("p50").GetDouble() <= phase.GetProperty("p99").GetDouble());
            Assert.True(phase.GetProperty("p99").GetDouble() <= phase.GetProperty("largest").GetDouble());
        }
        Assert.True(report.GetProperty("tls").GetBoolean());
        Assert.True(report.GetProperty("server_largest_bytes").GetInt64() > 1 << 20);
        Assert.Contains("3 clients", outcome.Output);
    }
}
