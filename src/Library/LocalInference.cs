using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight;

/// <summary>
/// Both parties in this process, with the real protocols between them: to see what a model answers and costs before anything is deployed. It hides nothing
/// from anybody, because this process holds model and input. Thread-safe: calls that come at the same time are done one after another.
/// </summary>
/// <example>
/// <code>
/// BlindsightModel model = await BlindsightModel.CompileAsync("digits.onnx", SampleReader.Read("calibration.idx3-ubyte.gz"));
/// await using LocalInference inference = await LocalInference.StartAsync(model);
/// Prediction prediction = await inference.PredictAsync(SampleReader.Read("images.idx3-ubyte.gz"), row: 0);
/// </code>
/// </example>
public sealed class LocalInference : IPredictor, IAsyncDisposable
{
    private readonly BlindsightClient _client;
    private readonly Task<bool> _serving;

    private LocalInference(BlindsightClient client, Task<bool> serving) => (_client, _serving) = (client, serving);

    /// <summary>Starts both parties.</summary>
    /// <exception cref="ParameterException">The model's plan is for another deployment than a client and a server.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<LocalInference> StartAsync(BlindsightModel model, CancellationToken cancellation = default)
    {
        ServedModel served = await SessionWork.Alone(() => new ServedModel(model.Quantized)).ConfigureAwait(false);
        (FramedChannel client, FramedChannel server) = InMemoryChannel.CreatePair();
        Task<bool> serving = SessionWork.Alone(() =>
        {
            using (server)
            using (ServerSession session = ServerSession.Accept(server, served, SessionOptions.Default)) session.Serve();
            return true;
        });
        BlindsightClient connected = await SessionWork.Alone(() => BlindsightClient.Over(client, ClientOptions.Default, null, cancellation))
            .ConfigureAwait(false);
        return new(connected, serving);
    }

    /// <inheritdoc cref="BlindsightClient.ReportAsync"/>
    public Task<SessionReport> ReportAsync(CancellationToken cancellation = default) => _client.ReportAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<InferencePlan> PlanAsync(CancellationToken cancellation = default) => _client.PlanAsync(cancellation);

    /// <inheritdoc/>
    public Task PrepareAsync(int rows = 1, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        _client.PrepareAsync(rows, progress, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Prediction>> PredictAsync(
        IReadOnlyList<FloatTensor[]> rows, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        _client.PredictAsync(rows, progress, cancellation);

    /// <summary>Ends both parties.</summary>
    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync().ConfigureAwait(false);
        try
        {
            await _serving.ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            // The client's call that ended the session has said so already.
        }
    }
}
