using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight;

/// <summary>
/// The data owner's side: a session with a server that holds a model. The server learns how many rows are asked and when; neither inputs nor results. This
/// side learns results, and of the model its plan. Thread-safe: calls that come at the same time are done one after another. After a
/// <see cref="ProtocolException"/> or a cancellation in the middle of the work the session is over, and every later call fails;
/// <see cref="BlindsightClientPool"/> connects anew instead.
/// </summary>
/// <example>
/// <code>
/// await using BlindsightClient client = await BlindsightClient.ConnectAsync("server.example:7766", ClientOptions.Tls("tls/client"));
/// Prediction prediction = await client.PredictAsync(SampleReader.Read("photo.png"), row: 0);
/// Console.WriteLine(prediction);
/// </code>
/// </example>
public sealed class BlindsightClient : IPredictor, IAsyncDisposable
{
    private readonly IChannel _channel;
    private readonly ClientSession _session;
    private readonly SessionWork _work = new();
    private bool _disposed;

    private BlindsightClient(IChannel channel, ClientSession session) => (_channel, _session) = (channel, session);

    /// <summary>The plan that both parties hold.</summary>
    public InferencePlan Plan => _session.Plan;

    /// <summary>Rows that may lie prepared and unused: the server's limit, at least 1.</summary>
    public int PreparedRowsMax => _session.PreparedRowsMax;

    /// <summary>Connects, agrees on the plan and exchanges keys.</summary>
    /// <param name="address">HOST:PORT of a server's TCP address, or wss://HOST/PATH of one that was mapped into a web application.</param>
    /// <exception cref="ParameterException">The address is malformed, or nothing would protect what travels to it.</exception>
    /// <exception cref="ProtocolException">Nobody answers, or the server refuses or holds another plan; the fault has a name.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Task<BlindsightClient> ConnectAsync(string address, ClientOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        ClientOptions chosen = options ?? ClientOptions.Default;
        Connections connections = new(address, chosen);
        return SessionWork.Alone(() =>
        {
            // The token is for connecting: a session that stands is not ended by it any more.
            using CancellationTokenSource connecting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            CancellationToken token = connecting.Token;
            return Over(connections.Open(token), chosen, () => connections.Open(token), token);
        });
    }

    /// <summary>Opens a session over a channel, which the client then owns.</summary>
    internal static BlindsightClient Over(IChannel channel, ClientOptions options, Func<IChannel>? openLane, CancellationToken cancellation)
    {
        try
        {
            return new(channel, ClientSession.Connect(channel, options.Expected, options.ForSession(), openLane, cancellation));
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    /// <summary>Time and traffic of the inferences so far, by phase and layer. Waits for calls that came before.</summary>
    public Task<SessionReport> ReportAsync(CancellationToken cancellation = default) => Do(() => _session.Report, cancellation);

    /// <inheritdoc/>
    public ValueTask<InferencePlan> PlanAsync(CancellationToken cancellation = default) => new(_session.Plan);

    /// <inheritdoc/>
    public Task PrepareAsync(int rows = 1, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) => Do(() =>
    {
        _session.Prepare(rows, progress, cancellation);
        return true;
    }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Prediction>> PredictAsync(
        IReadOnlyList<FloatTensor[]> rows, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) => Do(() =>
        {
            ImmutableArray<FloatTensor[]> answers = _session.Infer(rows, progress, cancellation);
            return (IReadOnlyList<Prediction>)[.. answers.Select(answer => new Prediction(_session.Plan, answer))];
        }, cancellation);

    /// <summary>Waits for the call that runs, says goodbye to the server, and closes.</summary>
    public async ValueTask DisposeAsync() => await _work.Run(() =>
    {
        if (_disposed) return false;
        _disposed = true;
        _session.Dispose();
        _channel.Dispose();
        return true;
    }, CancellationToken.None).ConfigureAwait(false);

    private Task<T> Do<T>(Func<T> work, CancellationToken cancellation) => _work.Run(() =>
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return work();
    }, cancellation);
}
