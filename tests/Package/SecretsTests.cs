using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Owner;
using Blindsight.Hosting.Server;
using Blindsight.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Blindsight.Package;

/// <summary>A planted input and the model's weights are searched for, in several encodings, in what parties log, report, throw and store.</summary>
public sealed class SecretsTests : IDisposable
{
    private const int Run = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-package-").FullName;
    private readonly SampleSet _planted;

    public SecretsTests()
    {
        byte[] pixels = new byte[28 * 28];
        new Random(11).NextBytes(pixels);
        _planted = new SampleSet("planted", 1, [1, 28, 28], pixels, null);
    }

    [Fact]
    public async Task A_server_that_is_hosted_logs_and_throws_nothing_of_inputs_or_weights()
    {
        BlindsightModel model = await BlindsightModel.CompileAsync(DemoModel.File("digits.onnx"), DemoModel.Calibration());
        Log log = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddBlindsightServer(_ => Task.FromResult(model), "127.0.0.1:0", ServerOptions.Insecure);
        using IHost host = builder.Build();
        await host.StartAsync();
        string address = host.Services.GetRequiredService<BlindsightServer>().Address!;
        await using (BlindsightClient client = await BlindsightClient.ConnectAsync(address, ClientOptions.Insecure)) await client.PredictAsync(_planted, 0);
        await using (BlindsightClient broken = await BlindsightClient.ConnectAsync(address, ClientOptions.Insecure))
        {
            CancellationTokenSource cancellation = new();
            Exception fault = await Assert.ThrowsAnyAsync<Exception>(
                () => broken.PredictAsync(_planted, 0, new Cancelling(cancellation), cancellation.Token));
            log.Lines.Enqueue($"{fault}");
        }
        await host.StopAsync();
        string told = string.Join('\n', log.Lines);
        Assert.Contains("Served 1 rows", told);
        AssertClean("the log", Encoding.UTF8.GetBytes(told), Secrets(model.Plan));
    }

    [Fact]
    public async Task Two_servers_store_and_report_nothing_of_inputs_or_weights()
    {
        BlindsightModel model = await DemoModel.Outsourced();
        model.WriteShares(In("a.share"), In("b.share"));
        ConcurrentQueue<string> reports = new();
        using TwoServersHost first = Start(ServerRole.First, "127.0.0.1:0", reports);
        using TwoServersHost second = Start(ServerRole.Second, first.LinkAddress, reports);
        using TwoServersClient client = new(first.ClientAddress, second.ClientAddress, ConnectionSecurity.Insecure);
        Ticket ticket = await client.SubmitAsync(_planted, [0]);
        await client.CollectAsync(ticket);
        // Stopped, because a running server keeps its files to itself; the sealed result is still there.
        second.Dispose();
        first.Dispose();
        byte[][] secrets = Secrets(model.Plan);
        Assert.NotEmpty(Directory.GetFiles(In("state-a"), "*", SearchOption.AllDirectories));
        foreach (string file in Directory.GetFiles(_folder, "*", SearchOption.AllDirectories)) AssertClean(file, File.ReadAllBytes(file), secrets);
        AssertClean("the reports", Encoding.UTF8.GetBytes(string.Join('\n', reports)), secrets);
    }

    [Fact]
    public async Task The_search_finds_what_is_there()
    {
        BlindsightModel model = await BlindsightModel.CompileAsync(DemoModel.File("digits.onnx"), DemoModel.Calibration());
        byte[][] secrets = Secrets(model.Plan);
        Assert.Contains(secrets, secret => File.ReadAllBytes(DemoModel.File("digits.onnx")).AsSpan().IndexOf(secret) >= 0);
        Assert.Contains(secrets, secret => _planted.Bytes.AsSpan().IndexOf(secret) >= 0);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Runs of eight neighbouring values, from many places of the input and of every layer's weights: as bytes, floats, integers, text.</summary>
    private byte[][] Secrets(InferencePlan plan)
    {
        List<byte[]> secrets = [];
        for (int at = 0; at + Run <= _planted.Elements; at += 97)
        {
            float[] values = [.. _planted.Row(0)[at..(at + Run)].Select(pixel => pixel / 255)];
            secrets.Add(_planted.Bytes![at..(at + Run)]);
            secrets.Add(MemoryMarshal.AsBytes<float>(values).ToArray());
            foreach (int bits in new[] { 6, 8, 10, 12 })
                secrets.Add(Bytes(Array.ConvertAll(values, value => (int)MathF.Round(value * (1 << bits)))));
            string text = values[0].ToString("R", CultureInfo.InvariantCulture);
            if (text.Length >= 6) secrets.Add(Encoding.UTF8.GetBytes(text));
        }
        byte[] model = File.ReadAllBytes(DemoModel.File("digits.onnx"));
        for (int at = 1000; at + 32 < model.Length; at += 1511) secrets.Add(model[at..(at + 32)]);
        foreach (QuantizedLinear layer in Quantized(plan).Linear.Values)
            foreach (short[] weights in layer.Weights)
                for (int at = 0; at + Run <= weights.Length; at += 211)
                {
                    short[] run = weights[at..(at + Run)];
                    if (run.Distinct().Count() < Run / 2) continue;
                    secrets.Add(MemoryMarshal.AsBytes<short>(run).ToArray());
                    secrets.Add(Bytes(Array.ConvertAll(run, weight => (int)weight)));
                }
        return [.. secrets];
    }

    private static byte[] Bytes(int[] numbers) => MemoryMarshal.AsBytes<int>(numbers).ToArray();

    private static QuantizedModel Quantized(InferencePlan plan) =>
        Compiler.Calibration.PlanCompiler.Quantize(OnnxImporter.Load(DemoModel.File("digits.onnx")), plan);

    private static void AssertClean(string place, byte[] content, byte[][] secrets) =>
        Assert.All(secrets, secret => Assert.True(content.AsSpan().IndexOf(secret) < 0, $"{place} holds a planted value"));

    private string In(string name) => Path.Combine(_folder, name);

    private TwoServersHost Start(ServerRole role, string link, ConcurrentQueue<string> reports)
    {
        string name = role == ServerRole.First ? "a" : "b";
        TwoServersHost host = new(ModelShareFile.Read(In($"{name}.share"), role), new("127.0.0.1:0", link, "127.0.0.1:0", In($"state-{name}"),
            ConnectionSecurity.Insecure));
        host.Reported += report => reports.Enqueue($"{report}");
        host.Start();
        return host;
    }

    private sealed class Cancelling(CancellationTokenSource cancellation) : IProgress<Inference.Sessions.StepProgress>
    {
        public void Report(Inference.Sessions.StepProgress value) => cancellation.Cancel();
    }

    /// <summary>Keeps what is logged.</summary>
    private sealed class Log : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
