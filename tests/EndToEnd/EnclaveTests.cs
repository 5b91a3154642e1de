using System.Text.Json;

namespace Blindsight.EndToEnd;

/// <summary>The deployment with an enclave: enclave, host, model owner and data owner as processes, on the demo's digits with their ReLUs and maxima.</summary>
public sealed class EnclaveTests : Workspace
{
    private static readonly string Demo = Path.Combine(Tool.Root, "assets", "demo");

    private static string Images => Path.Combine(Demo, "digits-images.idx3-ubyte.gz");

    private static string[] Model => [Path.Combine(Demo, "digits.onnx"), "--calibration", Path.Combine(Demo, "calibration-images.idx3-ubyte.gz")];

    [Fact]
    public void Exact_activations_are_computed_inside_while_weights_stay_secret_and_the_owner_is_gone()
    {
        JsonElement report = Run("--rows", "0-2");
        Assert.Equal(("enclave", "NOT ATTESTED (simulated)"), (report.GetProperty("deployment").GetString(), report.GetProperty("attestation").GetString()));
        Assert.Equal([0, 0, 1], report.GetProperty("top1").EnumerateArray().Select(top => top.GetInt32()));
        JsonElement reference = report.GetProperty("reference"), enclave = report.GetProperty("enclave"), order = report.GetProperty("order");
        Assert.True(reference.GetProperty("within").GetBoolean());
        Assert.True(report.GetProperty("host_checked").GetBoolean());
        Assert.InRange(report.GetProperty("statistical_bits").GetDouble(), 39.9, 41);
        Assert.True(order.GetProperty("owner_ended").GetDateTimeOffset() < order.GetProperty("client_started").GetDateTimeOffset());
        Assert.True(enclave.GetProperty("cpu_seconds").GetDouble() > 0);
        Assert.InRange(enclave.GetProperty("bytes_in").GetInt64(), 100_000, 1_000_000_000);
        Assert.InRange(enclave.GetProperty("bytes_out").GetInt64(), 10_000_000, 1_000_000_000);
        Assert.Empty(enclave.GetProperty("refusals").EnumerateObject());
        Assert.InRange(report.GetProperty("online").GetProperty("bytes").GetProperty("client_to_host").GetInt64(), 3 * 28 * 28 * 4, 100_000);
    }

    [Fact]
    public void Simulated_evidence_is_refused_unless_it_is_accepted_by_name()
    {
        using Role enclave = new("enclave", "--socket", File("room/socket"), "--state", File("room"), "--tee", "simulated");
        Assert.Contains("NOT ATTESTED", enclave.Line);
        using Role host = new("host", "--enclave", File("room/socket"), "--state", File("host"), "--listen", "127.0.0.1:0", "--insecure");
        string address = host.Line.Split(" at ")[1].Split(';')[0];
        string[] ask = ["query", "--host", address, "--insecure", "--input", Images];
        Tool.Outcome upload = Tool.Run(["upload-model", .. Model, "--host", address, "--insecure"]);
        Assert.Equal(1, upload.ExitCode);
        Assert.Contains("SimulatedRefused", upload.Complaint);
        Tool.Outcome query = Tool.Run([.. ask, "--rows", "0", "--policy", File("policy", """{"tdx":null}""")]);
        Assert.Equal(1, query.ExitCode);
        Assert.Contains("SimulatedRefused", query.Complaint);
        Tool.Outcome uploaded = Tool.Run(["upload-model", .. Model, "--host", address, "--insecure", "--weights", "public", "--accept-simulated"]);
        Assert.True(uploaded.ExitCode == 0, uploaded.Error);
        Assert.Contains("NOT ATTESTED", uploaded.Output);
        Tool.Outcome wrong = Tool.Run([.. ask, "--rows", "0", "--accept-simulated", "--contract", new string('0', 64)]);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("nothing was sent", wrong.Complaint);
        for (int time = 0; time < 2; time++)
        {
            Tool.Outcome asked = Tool.Run([.. ask, "--rows", "4", "--accept-simulated", "--identity", File("me")]);
            Assert.True(asked.ExitCode == 0, asked.Error);
            Assert.Contains("row 4: 2", asked.Output);
            Assert.Contains("NOT ATTESTED", asked.Output);
        }
        Tool.Outcome absent = Tool.Run("enclave", "--socket", File("other/socket"), "--state", File("other"), "--tee", "auto");
        if (!Directory.Exists("/sys/kernel/config/tsm/report")) Assert.Contains("no TEE", absent.Complaint);
    }

    private JsonElement Run(params string[] more)
    {
        Tool.Outcome outcome = Tool.Run(["run", .. Model, "--input", Images, "--deployment", "enclave", "--tee", "simulated",
            "--json", File("report.json"), .. more]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("NOT ATTESTED", outcome.Output, StringComparison.Ordinal);
        return JsonDocument.Parse(System.IO.File.ReadAllText(File("report.json"))).RootElement;
    }

    /// <summary>A process that goes on, once it listens.</summary>
    private sealed class Role : IDisposable
    {
        private readonly System.Diagnostics.Process _process;

        public Role(params string[] arguments)
        {
            _process = Tool.Start(arguments);
            Line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException(_process.StandardError.ReadToEnd());
        }

        public string Line { get; }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
