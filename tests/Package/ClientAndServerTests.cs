using System.Net;
using System.Net.Sockets;
using Blindsight.Arithmetic;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Tls;

namespace Blindsight.Package;

public sealed class ClientAndServerTests(DemoModel demo) : IClassFixture<DemoModel>
{
    private const string AnyPort = "127.0.0.1:0";

    [Fact]
    public async Task A_few_lines_run_both_parties_in_one_process()
    {
        await using LocalInference inference = await LocalInference.StartAsync(demo.Model);
        Prediction prediction = await inference.PredictAsync(demo.Images, row: 2);
        Assert.Equal(demo.Labels[2], prediction.Label);
        Assert.Equal(10, prediction.Values.Count);
        Assert.Equal(prediction.LabelName, prediction.ToString());
        SessionReport report = await inference.ReportAsync();
        Assert.Equal(1, report.Rows);
        Assert.True(report.Online.Bytes > 0 && report.Layers.Length > 0);
    }

    [Fact]
    public async Task A_client_prepares_ahead_predicts_a_batch_and_sees_progress()
    {
        SessionReport? served = null;
        await using BlindsightServer server = await BlindsightServer.StartAsync(
            demo.Model, AnyPort, ServerOptions.Insecure with { Served = report => served = report });
        Progress steps = new();
        await using (BlindsightClient client = await BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure))
        {
            await client.PrepareAsync(rows: 3, steps);
            Assert.All(steps.Seen, step => Assert.Equal(Phase.Offline, step.Phase));
            int before = steps.Seen.Count;
            IReadOnlyList<Prediction> predictions = await client.PredictAsync(demo.Images, Enumerable.Range(0, 3), steps);
            Assert.Equal(demo.Labels[..3], predictions.Select(prediction => prediction.Label));
            Assert.True(before > 0 && steps.Seen.Count > before);
            Assert.All(steps.Seen.Skip(before), step => Assert.Equal(Phase.Online, step.Phase));
            Assert.Equal(3, (await client.ReportAsync()).Rows);
        }
        await Eventually(() => served?.Rows == 3 && server.Sessions == 0);
    }

    [Fact]
    public async Task Threads_may_share_a_client_and_several_clients_a_server()
    {
        await using BlindsightServer server = await BlindsightServer.StartAsync(demo.Model, AnyPort, ServerOptions.Insecure);
        await using BlindsightClient one = await BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure);
        await using BlindsightClient two = await BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure);
        Prediction[] predictions = await Task.WhenAll(Enumerable.Range(0, 8).Select(row => (row % 2 == 0 ? one : two).PredictAsync(demo.Images, row)));
        Assert.Equal(demo.Labels[..8], predictions.Select(prediction => prediction.Label));
    }

    [Fact]
    public async Task Cancellation_ends_a_session_and_a_pool_opens_another()
    {
        await using BlindsightServer server = await BlindsightServer.StartAsync(demo.Model, AnyPort, ServerOptions.Insecure);
        await using BlindsightClient client = await BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure);
        await using BlindsightClientPool pool = new(server.Address!, ClientOptions.Insecure);
        foreach (IPredictor predictor in new IPredictor[] { client, pool })
        {
            CancellationTokenSource cancellation = new();
            Progress steps = new() { Told = _ => cancellation.Cancel() };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => predictor.PredictAsync(demo.Images, 0, steps, cancellation.Token));
        }
        await Assert.ThrowsAnyAsync<Exception>(() => client.PredictAsync(demo.Images, 0));
        Assert.Equal(demo.Labels[0], (await pool.PredictAsync(demo.Images, 0)).Label);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure, new(canceled: true)));
    }

    [Fact]
    public async Task A_token_that_was_for_connecting_does_not_end_the_session_later()
    {
        await using BlindsightServer server = await BlindsightServer.StartAsync(demo.Model, AnyPort, ServerOptions.Insecure);
        CancellationTokenSource connecting = new();
        await using BlindsightClient client = await BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure, connecting.Token);
        await connecting.CancelAsync();
        Assert.Equal(demo.Labels[1], (await client.PredictAsync(demo.Images, 1)).Label);
    }

    [Fact]
    public async Task Faults_have_types_and_names()
    {
        string address;
        await using (BlindsightServer server = await BlindsightServer.StartAsync(demo.Model, AnyPort, ServerOptions.Insecure))
        {
            address = server.Address!;
            BlindsightModel other = await BlindsightModel.CompileAsync(DemoModel.File("digits.onnx"), demo.Images, new() { Release = "label" });
            ProtocolException refused = await Assert.ThrowsAsync<ProtocolException>(
                () => BlindsightClient.ConnectAsync(address, ClientOptions.Insecure with { Expected = other.Plan }));
            Assert.Contains("plan", refused.Message);
            await using BlindsightClient client = await BlindsightClient.ConnectAsync(address, ClientOptions.Insecure);
            await Assert.ThrowsAsync<ArgumentException>(() => client.PredictAsync(new float[3]));
            await Assert.ThrowsAsync<Compiler.Inputs.InputException>(() => client.PredictAsync(demo.Images, demo.Images.Count));
            Assert.Equal(demo.Labels[0], (await client.PredictAsync(demo.Images, 0)).Label);
            await server.DisposeAsync();
            await Assert.ThrowsAsync<ProtocolException>(() => client.PredictAsync(demo.Images, 0));
        }
        ProtocolException nobody = await Assert.ThrowsAsync<ProtocolException>(
            () => BlindsightClient.ConnectAsync(address, ClientOptions.Insecure with { ConnectTimeout = TimeSpan.FromMilliseconds(50) }));
        Assert.Equal(PeerFault.Disconnected, nobody.Fault);
        foreach (string unprotected in new[] { "example.org:7766", "ws://example.org/blindsight", "http://127.0.0.1:1/", "nowhere" })
            await Assert.ThrowsAsync<ParameterException>(() => BlindsightClient.ConnectAsync(unprotected, ClientOptions.Insecure));
        Assert.Throws<ParameterException>(() => new BlindsightClientPool(address, ClientOptions.Insecure, sessions: 0));
    }

    [Fact]
    public async Task Certificates_protect_a_session_and_nothing_is_unprotected_without_being_asked()
    {
        string folder = Directory.CreateTempSubdirectory("blindsight-package-").FullName;
        try
        {
            using DevelopmentAuthority authority = DevelopmentAuthority.Create();
            foreach (string party in new[] { "server", "client" })
            {
                IssuedCertificate issued = authority.Issue(party, ["127.0.0.1"], serves: party == "server", TimeSpan.FromDays(1));
                TlsFiles files = TlsFiles.In(Directory.CreateDirectory(Path.Combine(folder, party)).FullName);
                File.WriteAllText(files.Certificate, issued.Certificate);
                File.WriteAllText(files.Authority, authority.Certificate);
                File.WriteAllText(files.Key, issued.Key);
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(files.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
            await using BlindsightServer server = await BlindsightServer.StartAsync(demo.Model, AnyPort, ServerOptions.Tls(Path.Combine(folder, "server")));
            await using BlindsightClient client = await BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Tls(Path.Combine(folder, "client")));
            Assert.Equal(demo.Labels[0], (await client.PredictAsync(demo.Images, 0)).Label);
            await Assert.ThrowsAsync<ProtocolException>(() => BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure));
            await Assert.ThrowsAsync<ParameterException>(() => BlindsightClient.ConnectAsync(server.Address!));
            await Assert.ThrowsAsync<ParameterException>(() => BlindsightServer.StartAsync(demo.Model, AnyPort));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Connections_may_be_made_and_accepted_by_the_program_itself()
    {
        await using BlindsightServer server = await BlindsightServer.StartAsync(demo.Model, listen: null);
        Assert.Null(server.Address);
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = Task.Run(async () => await server.ServeAsync(new NetworkStream(await listener.AcceptSocketAsync(), ownsSocket: true)));
        ClientOptions options = new()
        {
            Connection = async cancellation =>
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(listener.LocalEndpoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        await using (BlindsightClient client = await BlindsightClient.ConnectAsync("the server", options))
            Assert.Equal(demo.Labels[3], (await client.PredictAsync(demo.Images, 3)).Label);
        await serving.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_plan_is_written_and_a_model_loaded_under_it()
    {
        string folder = Directory.CreateTempSubdirectory("blindsight-package-").FullName;
        try
        {
            string path = Path.Combine(folder, "digits.plan");
            demo.Model.WritePlan(path);
            BlindsightModel loaded = BlindsightModel.Load(DemoModel.File("digits.onnx"), path);
            Assert.Equal(demo.Model.Plan.Model, loaded.Plan.Model);
            Assert.True(demo.Model.OutputError < 0.01);
            Assert.Null(loaded.OutputError);
            Assert.Throws<ParameterException>(() => demo.Model.WriteShares(Path.Combine(folder, "a"), Path.Combine(folder, "b")));
            File.WriteAllText(path, "{}");
            Assert.Throws<ParameterException>(() => BlindsightModel.Load(DemoModel.File("digits.onnx"), path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Eventually(Func<bool> condition)
    {
        for (int i = 0; i < 500 && !condition(); i++) await Task.Delay(20);
        Assert.True(condition());
    }

    private sealed class Progress : IProgress<StepProgress>
    {
        public List<StepProgress> Seen { get; } = [];

        public Action<StepProgress>? Told { get; init; }

        public void Report(StepProgress value)
        {
            Seen.Add(value);
            Told?.Invoke(value);
        }
    }
}
