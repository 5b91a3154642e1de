using System.Text.Json;

namespace Blindsight.EndToEnd;

public sealed class RunCommandTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    [Fact]
    public void The_report_has_exactly_the_documented_form()
    {
        JsonElement report = Run("--plan", small.Plan, "--rows", "2-4", "--threads", "2");
        AssertKeys(report, "schema_version", "model", "deployment", "comparison", "link", "threads", "rows", "outputs", "top1",
            "reference_top1", "reference", "layers", "offline", "online", "warmup_seconds", "parties");
        Assert.Equal(1, report.GetProperty("schema_version").GetInt32());
        Assert.Equal("model", report.GetProperty("model").GetString());
        Assert.Equal("client-server", report.GetProperty("deployment").GetString());
        Assert.Equal("ot", report.GetProperty("comparison").GetString());
        Assert.Equal("none", report.GetProperty("link").GetString());
        Assert.Equal(2, report.GetProperty("threads").GetInt32());
        Assert.Equal(3, report.GetProperty("rows").GetInt32());
        Assert.Equal(3, report.GetProperty("outputs").GetArrayLength());
        Assert.All(report.GetProperty("outputs").EnumerateArray(), row => Assert.Equal(SmallModel.Classes, row.GetArrayLength()));
        Assert.Equal(Integers(report, "reference_top1"), Integers(report, "top1"));
        Assert.All(report.GetProperty("layers").EnumerateArray(), layer =>
        {
            AssertKeys(layer, "name", "kind", "seconds", "bytes", "rounds", "offline", "online");
            JsonElement offline = layer.GetProperty("offline"), online = layer.GetProperty("online");
            AssertKeys(offline, "seconds", "bytes", "rounds");
            AssertKeys(online, "seconds", "bytes", "rounds");
            Assert.Equal(layer.GetProperty("bytes").GetInt64(), offline.GetProperty("bytes").GetInt64() + online.GetProperty("bytes").GetInt64());
        });
        Assert.Contains(report.GetProperty("layers").EnumerateArray(), layer => layer.GetProperty("kind").GetString() == "linear");
        JsonElement reference = report.GetProperty("reference");
        AssertKeys(reference, "rows", "top1", "largest_difference", "bound", "within");
        Assert.Equal((3, 3, true), (reference.GetProperty("rows").GetInt32(), reference.GetProperty("top1").GetInt32(),
            reference.GetProperty("within").GetBoolean()));
        Assert.InRange(reference.GetProperty("largest_difference").GetDouble(), 0, reference.GetProperty("bound").GetDouble());
        foreach (string phase in (string[])["offline", "online"])
        {
            AssertKeys(report.GetProperty(phase), "seconds", "rounds", "bytes");
            AssertKeys(report.GetProperty(phase).GetProperty("bytes"), "client_to_server", "server_to_client");
            Assert.True(report.GetProperty(phase).GetProperty("seconds").GetDouble() > 0);
            Assert.True(report.GetProperty(phase).GetProperty("bytes").GetProperty("client_to_server").GetInt64() > 0);
        }
        Assert.Equal(["client", "server"], report.GetProperty("parties").EnumerateArray().Select(party => party.GetProperty("name").GetString()));
        Assert.All(report.GetProperty("parties").EnumerateArray(), party =>
        {
            AssertKeys(party, "name", "cpu_seconds", "work_cpu_seconds", "peak_rss_bytes", "prepared_weight_bytes");
            Assert.InRange(party.GetProperty("work_cpu_seconds").GetDouble(), 1e-3, party.GetProperty("cpu_seconds").GetDouble());
            Assert.True(party.GetProperty("cpu_seconds").GetDouble() > 0);
            Assert.True(party.GetProperty("peak_rss_bytes").GetInt64() > 1 << 20);
        });
    }

    [Fact]
    public void The_profile_of_Sonic_runs_at_its_own_costs_and_has_its_own_comparison()
    {
        JsonElement report = Run("--calibration", small.Input, "--rows", "2", "--profile", "sonic");
        Assert.Equal(("two-servers", "sonic"), (report.GetProperty("deployment").GetString(), report.GetProperty("comparison").GetString()));
        Tool.Outcome outcome = Tool.Run("run", small.Model, "--calibration", small.Input, "--input", small.Input, "--rows", "2",
            "--profile", "sonic", "--comparison", "tables");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("--profile sonic compares by sonic, not by tables", outcome.Complaint);
    }

    [Fact]
    public void Two_servers_answer_after_owner_and_client_have_ended_and_the_link_chooses_how_they_compare()
    {
        JsonElement report = Run("--calibration", small.Input, "--rows", "2-3", "--deployment", "two-servers", "--comparison", "auto", "--link", "wan");
        Assert.Equal(("two-servers", "fss"), (report.GetProperty("deployment").GetString(), report.GetProperty("comparison").GetString()));
        Assert.Equal(Integers(report, "reference_top1"), Integers(report, "top1"));
        Assert.True(report.GetProperty("reference").GetProperty("within").GetBoolean());
        JsonElement order = report.GetProperty("order"), online = report.GetProperty("online");
        Assert.True(order.GetProperty("owner_ended").GetDateTimeOffset() < order.GetProperty("first_query_started").GetDateTimeOffset());
        Assert.True(order.GetProperty("client_ended").GetDateTimeOffset() < order.GetProperty("first_query_started").GetDateTimeOffset());
        Assert.Equal(["owner", "dealer", "a", "b", "client"],
            report.GetProperty("parties").EnumerateArray().Select(party => party.GetProperty("name").GetString()));
        AssertKeys(report.GetProperty("setup").GetProperty("bytes"), "owner_to_a", "owner_to_b", "a_to_b", "b_to_a");
        AssertKeys(report.GetProperty("offline").GetProperty("bytes"), "dealer_to_a", "dealer_to_b", "a_to_b", "b_to_a");
        AssertKeys(report.GetProperty("transfer").GetProperty("bytes"), "client_to_a", "client_to_b", "a_to_client", "b_to_client");
        // What the layers state is what the channels counted; an order of 25 bytes and its answer of one come on top.
        JsonElement[] layers = [.. report.GetProperty("layers").EnumerateArray()];
        long stated = layers.Sum(layer => layer.GetProperty("bytes").GetInt64());
        long dealt = layers.Sum(layer => layer.GetProperty("dealt_second").GetInt64());
        JsonElement bytes = online.GetProperty("bytes");
        Assert.Equal(2 * (stated + 26), bytes.GetProperty("a_to_b").GetInt64() + bytes.GetProperty("b_to_a").GetInt64());
        Assert.Equal(2 * (dealt + 72), report.GetProperty("dealt").GetProperty("bytes").GetProperty("dealer_to_b").GetInt64());
        // A row takes so many rounds of 40 ms there and back, at least.
        Assert.True(online.GetProperty("seconds").GetDouble() > 0.02 * layers.Sum(layer => layer.GetProperty("rounds").GetInt64()) * 2);
    }

    [Fact]
    public void Two_servers_that_compare_by_transfers_start_no_dealer()
    {
        JsonElement report = Run("--calibration", small.Input, "--rows", "2-3", "--deployment", "two-servers", "--comparison", "ot");
        Assert.Equal(("two-servers", "ot"), (report.GetProperty("deployment").GetString(), report.GetProperty("comparison").GetString()));
        Assert.Equal(Integers(report, "reference_top1"), Integers(report, "top1"));
        Assert.True(report.GetProperty("reference").GetProperty("within").GetBoolean());
        Assert.Equal(["owner", "a", "b", "client"], report.GetProperty("parties").EnumerateArray().Select(party => party.GetProperty("name").GetString()));
        AssertKeys(report.GetProperty("dealt").GetProperty("bytes"));
        AssertKeys(report.GetProperty("offline").GetProperty("bytes"), "a_to_b", "b_to_a");
        Assert.True(report.GetProperty("prepared").GetProperty("rounds").GetInt64() > 2);
        // What the layers state is what the channels counted; an order and its answer come on top.
        long stated = report.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("bytes").GetInt64());
        JsonElement bytes = report.GetProperty("online").GetProperty("bytes");
        Assert.InRange(bytes.GetProperty("a_to_b").GetInt64() + bytes.GetProperty("b_to_a").GetInt64() - 2 * stated, 2, 2 * 26);
    }

    [Fact]
    public void Memory_for_weights_changes_no_answer_and_no_byte()
    {
        JsonElement all = Run("--plan", small.Plan, "--rows", "0-3"), none = Run("--plan", small.Plan, "--rows", "0-3", "--memory", "0");
        Assert.Equal(Integers(all, "top1"), Integers(none, "top1"));
        Assert.Equal(all.GetProperty("offline").GetProperty("bytes").ToString(), none.GetProperty("offline").GetProperty("bytes").ToString());
        Assert.True(Prepared(all) > 0);
        Assert.Equal(0, Prepared(none));

        static long Prepared(JsonElement report) => report.GetProperty("parties")[1].GetProperty("prepared_weight_bytes").GetInt64();
    }

    [Fact]
    public void Batches_give_the_same_answers_as_single_rows_with_fewer_rounds()
    {
        JsonElement single = Run("--plan", small.Plan, "--rows", "0-3"), batch = Run("--plan", small.Plan, "--rows", "0-3", "--batch", "4");
        Assert.Equal(Integers(single, "top1"), Integers(batch, "top1"));
        Assert.True(Rounds(batch) < Rounds(single));
    }

    [Fact]
    public void Calibration_rows_stand_in_for_a_plan()
    {
        JsonElement report = Run("--calibration", small.Input, "--rows", "0");
        Assert.Equal(Integers(report, "reference_top1"), Integers(report, "top1"));
    }

    [Fact]
    public void Garbled_comparisons_give_the_same_answers_in_fewer_rounds_with_more_bytes()
    {
        JsonElement transfers = Run("--calibration", small.Input, "--rows", "0-3");
        JsonElement garbled = Run("--calibration", small.Input, "--rows", "0-3", "--comparison", "garbled");
        Assert.Equal("garbled", garbled.GetProperty("comparison").GetString());
        Assert.Equal(Integers(garbled, "reference_top1"), Integers(garbled, "top1"));
        Assert.True(garbled.GetProperty("reference").GetProperty("within").GetBoolean());
        Assert.True(Rounds(garbled) < Rounds(transfers));
        Assert.True(ToClient(garbled) > ToClient(transfers));

        static long ToClient(JsonElement report) => report.GetProperty("offline").GetProperty("bytes").GetProperty("server_to_client").GetInt64();
    }

    [Fact]
    public void An_emulated_link_takes_its_delay_for_every_round()
    {
        JsonElement online = Run("--plan", small.Plan, "--rows", "0", "--link", "wan").GetProperty("online");
        double delays = 0.020 * online.GetProperty("rounds").GetInt64();
        Assert.InRange(online.GetProperty("seconds").GetDouble(), 0.9 * delays, 3 * delays + 2);
    }

    [LandlockFact]
    public void Neither_party_can_open_the_files_of_the_other()
    {
        Tool.Outcome outcome = Tool.Run("run", small.Model, "--plan", small.Plan, "--input", small.Input, "--rows", "0",
            "--probe-server", small.Model, "--probe-server", small.Input, "--probe-client", small.Input, "--probe-client", small.Model);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains($"server probe {small.Model}: opened", outcome.Output);
        Assert.Contains($"server probe {small.Input}: denied", outcome.Output);
        Assert.Contains($"client probe {small.Input}: opened", outcome.Output);
        Assert.Contains($"client probe {small.Model}: denied", outcome.Output);
        Assert.Contains("the server could not open the input, nor the client the model", outcome.Output);
    }

    private JsonElement Run(params string[] arguments)
    {
        string json = File("report.json");
        Tool.Outcome outcome = Tool.Run(["run", small.Model, "--input", small.Input, "--json", json, .. arguments]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return JsonDocument.Parse(System.IO.File.ReadAllBytes(json)).RootElement;
    }

    private static void AssertKeys(JsonElement element, params string[] keys) =>
        Assert.Equal(keys, element.EnumerateObject().Select(property => property.Name));

    private static int[] Integers(JsonElement report, string key) => [.. report.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];

    private static long Rounds(JsonElement report) => report.GetProperty("online").GetProperty("rounds").GetInt64();
}
