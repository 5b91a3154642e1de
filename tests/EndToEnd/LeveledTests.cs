using System.Text.Json;

namespace Blindsight.EndToEnd;

/// <summary>The deployment in which the server computes on the client's ciphertexts.</summary>
public sealed class LeveledTests : Workspace
{
    private const int Rows = 5;

    [Fact]
    public void A_network_of_squares_is_evaluated_on_ciphertexts_in_one_round()
    {
        using SmallModel squares = new("cryptonets", 12, 4, Rows);
        JsonElement report = Run(squares, "--rows", "1-3", "--batch", "2");
        Assert.Equal(("he", "none"), (report.GetProperty("deployment").GetString(), report.GetProperty("comparison").GetString()));
        Assert.Equal(3, report.GetProperty("rows").GetInt32());
        JsonElement reference = report.GetProperty("reference");
        Assert.True(reference.GetProperty("within").GetBoolean());
        Assert.Equal(3, reference.GetProperty("top1").GetInt32());
        Assert.InRange(reference.GetProperty("largest_difference").GetDouble(), double.Epsilon, reference.GetProperty("bound").GetDouble());
        Assert.Equal(["linear", "square", "linear", "square", "linear"],
            report.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("kind").GetString()!));
        long up = report.GetProperty("online").GetProperty("bytes").GetProperty("client_to_server").GetInt64();
        Assert.InRange(up, 100_000, 100_000_000);
        Assert.All(report.GetProperty("parties").EnumerateArray(), party => Assert.True(party.GetProperty("cpu_seconds").GetDouble() > 0));
    }

    private JsonElement Run(SmallModel model, params string[] more)
    {
        Tool.Outcome outcome = Tool.Run(["run", model.Model, "--calibration", model.Input, "--input", model.Input, "--deployment", "he",
            "--json", File("report.json"), .. more]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("of floats", outcome.Output, StringComparison.Ordinal);
        return JsonDocument.Parse(System.IO.File.ReadAllText(File("report.json"))).RootElement;
    }
}
