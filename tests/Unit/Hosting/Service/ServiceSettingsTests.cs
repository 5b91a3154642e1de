using System.Diagnostics.Metrics;
using Blindsight.Arithmetic;
using Blindsight.Hosting.Service;

namespace Blindsight.Unit.Hosting.Service;

public sealed class ServiceSettingsTests : HostingFolder
{
    [Fact]
    public void A_file_says_everything_and_names_nothing_unknown()
    {
        ServiceSettings settings = ServiceSettings.Read(Written("""
            { "listen": "0.0.0.0:1", "manage": "127.0.0.1:2", "tls": "tls/server", "labelsOnly": true, "drainSeconds": 5, "audit": "a", "otlp": "http://c:4317",
              "limits": { "sessions": 1, "rowsAMinute": 2, "preparedRows": 3 }, "clients": { "alice": { "sessions": 9 } },
              "models": { "b": { "model": "b.onnx", "plan": "b.plan" }, "a": { "model": "a.onnx", "calibration": "a.npy", "card": "a.yaml" } } }
            """));
        Assert.Equal(("0.0.0.0:1", "127.0.0.1:2", "tls/server"), (settings.Listen, settings.Manage, settings.Tls));
        Assert.Equal((true, 5.0, "a"), (settings.LabelsOnly, settings.DrainSeconds, settings.Audit));
        Assert.Equal(new ClientLimits { Sessions = 1, RowsAMinute = 2, PreparedRows = 3 }, settings.LimitsOf("bob"));
        Assert.Equal(new ClientLimits { Sessions = 9 }, settings.LimitsOf("alice"));
        Assert.Equal(["a", "b"], settings.Models.Keys);
        Assert.Equal(new ModelSettings { Model = "b.onnx", Plan = "b.plan" }, settings.Models["b"]);
    }

    [Fact]
    public void Variables_go_before_the_file()
    {
        string file = Written("""{ "listen": "127.0.0.1:1", "limits": { "sessions": 1 } }""");
        const string variable = ServiceSettings.VariablePrefix + "LIMITS__SESSIONS";
        Environment.SetEnvironmentVariable(variable, "7");
        try
        {
            Assert.Equal(("127.0.0.1:1", 7), (ServiceSettings.Read(file).Listen, ServiceSettings.Read(file).Limits.Sessions));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Theory]
    [InlineData("""{ "listne": "x" }""")]
    [InlineData("""{ "limits": { "rows": 1 } }""")]
    [InlineData("""{ "limits": { "sessions": -1 } }""")]
    [InlineData("""{ "limits": { "sessions": "many" } }""")]
    [InlineData("""{ "drainSeconds": -1 }""")]
    [InlineData("""{ "sessions": 0 }""")]
    [InlineData("""{ "drainSeconds": 1e9 }""")]
    [InlineData("""{ "models": { "a": { "plan": "a.plan" } } }""")]
    [InlineData("""{ "otlp": 1 """)]
    [InlineData("")]
    public void What_cannot_be_meant_is_refused(string text) => Assert.Throws<ParameterException>(() => ServiceSettings.Read(Written(text)));

    [Fact]
    public void A_file_that_is_not_there_is_refused() => Assert.Throws<ParameterException>(() => ServiceSettings.Read(In("nowhere.json")));

    [Fact]
    public void Metrics_are_text_that_prometheus_reads()
    {
        string name = $"test {Guid.NewGuid()}";
        using Meter meter = new(name);
        using MetricsText metrics = new(name);
        meter.CreateCounter<long>("blindsight.rows", description: "Rows.").Add(3, new KeyValuePair<string, object?>("model", "a\"b\\c\nd"));
        meter.CreateObservableGauge("blindsight.open", () => 2.5, description: "Open.");
        Histogram<double> times = meter.CreateHistogram<double>("blindsight.time", "s", "Times.");
        times.Record(0.004, new KeyValuePair<string, object?>("stage", "infer"));
        times.Record(70, new KeyValuePair<string, object?>("stage", "infer"));
        metrics.Write();
        string text = metrics.Write();
        Assert.Contains("# TYPE blindsight_rows_total counter\nblindsight_rows_total{model=\"a\\\"b\\\\c\\nd\"} 3\n", text);
        Assert.Contains("# TYPE blindsight_open gauge\nblindsight_open 2.5\n", text);
        Assert.Contains("blindsight_time_seconds_bucket{stage=\"infer\",le=\"0.005\"} 1\n", text);
        Assert.Contains("blindsight_time_seconds_bucket{stage=\"infer\",le=\"60\"} 1\nblindsight_time_seconds_bucket{stage=\"infer\",le=\"+Inf\"} 2\n", text);
        Assert.Contains("blindsight_time_seconds_count{stage=\"infer\"} 2\n", text);
    }

    [Fact]
    public void The_audit_log_appends_and_is_its_owners_alone()
    {
        for (int i = 0; i < 2; i++)
        {
            using AuditLog log = new(In("audit.jsonl"), TimeProvider.System);
            log.Write("session", "alice", "digits", 3);
        }
        AssertPrivate(In("audit.jsonl"));
        string[] lines = File.ReadAllLines(In("audit.jsonl"));
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Contains("\"client\":\"alice\",\"model\":\"digits\",\"rows\":3", line));
    }

    private string Written(string text)
    {
        File.WriteAllText(In("service.json"), text);
        return In("service.json");
    }
}
