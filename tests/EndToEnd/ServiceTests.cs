using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Blindsight.EndToEnd;

/// <summary>A server as a service: by a file of settings, with limits, health, metrics, reload, and an end that lets finish what runs.</summary>
public sealed partial class ServiceTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    private readonly HttpClient _http = new();

    [Fact]
    public async Task Limits_hold_by_client_and_everything_is_counted_and_settings_are_read_anew()
    {
        Make("certs", "--out", File("tls"), "--server", "server", "--client", "alice", "--client", "mallory");
        string label = File("label.plan");
        Make("compile", small.Model, "--calibration", small.Input, "--release", "label", "--out", label);
        Settings(alice: 2);
        using Service service = new("serve", "--config", File("service.json"));
        Assert.Equal("alive\n", await _http.GetStringAsync($"{service.Manage}/healthz"));
        Assert.Equal("ready\n", await _http.GetStringAsync($"{service.Manage}/readyz"));

        // Two models: the one whose plan is named, else the first.
        Assert.Equal(0, Infer(service, "alice", "--rows", "0").ExitCode);
        Assert.Equal(0, Infer(service, "alice", "--rows", "0", "--plan", label).ExitCode);
        Assert.Contains("LimitExceeded: policy: alice may have 2 rows predicted a minute", Refused(Infer(service, "alice", "--rows", "0")));
        Assert.Contains("mallory may have 0 sessions", Refused(Infer(service, "mallory", "--rows", "0")));

        string metrics = await _http.GetStringAsync($"{service.Manage}/metrics");
        Assert.Contains("blindsight_rows_total{model=\"label\"} 1\n", metrics);
        Assert.Contains("blindsight_rows_total{model=\"first\"} 1\n", metrics);
        Assert.Contains("blindsight_refusals_total{fault=\"LimitExceeded\"} 2\n", metrics);
        Assert.Contains("blindsight_stage_duration_seconds_count{model=\"first\",stage=\"infer\"} 1\n", metrics);
        Assert.Contains("blindsight_sessions_open 0\n", metrics);
        Assert.Matches("blindsight_bytes_total.direction=\"sent\",phase=\"online\". [1-9]", metrics);

        Settings(alice: 1000);
        service.Signal("HUP");
        await Until(async () => await Task.FromResult(Infer(service, "alice", "--rows", "0").ExitCode == 0));
        System.IO.File.WriteAllText(File("service.json"), "{ \"models\": 7");
        service.Signal("HUP");
        await Until(async () => (await _http.GetStringAsync($"{service.Manage}/metrics")).Contains("refusals_total{fault=\"Reload\"} 1"));
        Assert.Equal(0, Infer(service, "alice", "--rows", "0").ExitCode);

        service.Signal("TERM");
        Assert.True(service.Process.WaitForExit(20_000));
        string audit = System.IO.File.ReadAllText(File("audit.jsonl"));
        Assert.Contains("\"what\":\"session\",\"client\":\"alice\",\"model\":\"label\",\"rows\":1", audit);
        Assert.Contains("\"what\":\"refused\",\"client\":\"mallory\"", audit);
        Assert.Contains("\"what\":\"reloaded\"", audit);
        Assert.Contains("\"what\":\"stopped\"", audit);
    }

    [Fact]
    public async Task A_service_that_is_stopped_finishes_what_a_client_has_begun()
    {
        using Service service = new("serve", small.Model, "--plan", small.Plan, "--listen", "127.0.0.1:0", "--insecure", "--manage", "127.0.0.1:0",
            "--link", "mobile");
        using Process client = Tool.Start("infer", "--insecure", "--server", service.Address, "--input", small.Input, "--rows", "0", "--link", "mobile");
        Task<string> output = client.StandardOutput.ReadToEndAsync(), errors = client.StandardError.ReadToEndAsync();
        await Until(async () => (await _http.GetStringAsync($"{service.Manage}/metrics")).Contains("blindsight_rows_prepared 1\n"));
        service.Signal("TERM");
        Assert.True(client.WaitForExit(60_000));
        Assert.True(client.ExitCode == 0, await errors);
        Assert.Matches(@"row 0: \d", await output);
        Assert.True(service.Process.WaitForExit(20_000));
        Assert.Equal(130, service.Process.ExitCode);
    }

    private void Settings(int alice) => File("service.json", $$"""
        {
          "listen": "127.0.0.1:0", "manage": "127.0.0.1:0", "tls": "{{File("tls/server")}}", "audit": "{{File("audit.jsonl")}}",
          "clients": { "alice": { "rowsAMinute": {{alice}} }, "mallory": { "sessions": 0 } },
          "models": {
            "first": { "model": "{{small.Model}}", "plan": "{{small.Plan}}" },
            "label": { "model": "{{small.Model}}", "plan": "{{File("label.plan")}}" }
          }
        }
        """);

    private Tool.Outcome Infer(Service service, string client, params string[] more) =>
        Tool.Run(["infer", "--server", service.Address, "--tls", File($"tls/{client}"), "--input", small.Input, .. more]);

    private static string Refused(Tool.Outcome outcome)
    {
        Assert.Equal(1, outcome.ExitCode);
        return outcome.Complaint;
    }

    private static void Make(params string[] arguments)
    {
        Tool.Outcome outcome = Tool.Run(arguments);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(elapsed.ElapsedMilliseconds < 30_000);
            await Task.Delay(20);
        }
    }

    /// <summary>A service's process, once it listens.</summary>
    private sealed partial class Service : IDisposable
    {
        public Service(params string[] arguments)
        {
            Process = Tool.Start(arguments);
            string line = Process.StandardOutput.ReadLine() ?? throw new InvalidOperationException(Process.StandardError.ReadToEnd());
            Match match = Announcement().Match(line);
            (Address, Manage) = (match.Groups[1].Value, match.Groups[2].Value);
        }

        public Process Process { get; }
        public string Address { get; }
        public string Manage { get; }

        public void Signal(string name)
        {
            using Process kill = Process.Start("kill", [$"-{name}", $"{Process.Id}"]);
            kill.WaitForExit();
        }

        public void Dispose()
        {
            if (!Process.HasExited) Process.Kill();
            Process.Dispose();
        }

        [GeneratedRegex(@"at (127\.0\.0\.1:\d+); health and metrics at (http://127\.0\.0\.1:\d+);")]
        private static partial Regex Announcement();
    }
}
