using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Sessions;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Streams;
using Blindsight.Transport.Tcp;

namespace Blindsight;

/// <summary>
/// The model owner's side: answers clients, up to 16 at once, each on a thread of its own, and sees neither their inputs nor their results. A client that
/// misbehaves ends its own session alone. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// BlindsightModel model = BlindsightModel.Load("model.onnx", "model.plan");
/// await using BlindsightServer server = await BlindsightServer.StartAsync(model, "0.0.0.0:7766", ServerOptions.Tls("tls/server"));
/// </code>
/// </example>
public sealed class BlindsightServer : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private readonly ServedModel _served;
    private readonly ServerOptions _options;
    private readonly Reception _reception;
    private readonly TcpChannelListener? _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly SessionCount _sessions = new();
    private readonly Task _accepting;

    private BlindsightServer(ServedModel served, string? listen, ServerOptions options)
    {
        (_served, _options) = (served, options);
        _reception = new Reception(Serve, LinkProfile.None, words => options.Complained?.Invoke(words));
        _listener = listen is null ? null : TcpTransport.Listen(listen, options.Security ?? throw new ParameterException(
            $"nothing protects connections to {listen}: choose ServerOptions.Tls(FOLDER), or ServerOptions.Insecure within this machine"));
        _accepting = _listener is null ? Task.CompletedTask : SessionWork.Alone(() => Accept(_listener));
    }

    /// <summary>The plan that clients are sent.</summary>
    public InferencePlan Plan => _served.Quantized.Plan;

    /// <summary>Where TCP clients find it, HOST:PORT, with the port that the system chose; null where it only serves connections that are handed in.</summary>
    public string? Address => _listener?.EndPoint.ToString();

    /// <summary>Sessions that run.</summary>
    public int Sessions => _sessions.Count;

    /// <summary>Transforms the weights, which takes seconds for large models, and begins to listen.</summary>
    /// <param name="listen">HOST:PORT, where port 0 lets the system choose; or null to serve only what <see cref="ServeAsync"/> is handed.</param>
    /// <exception cref="ParameterException">The plan is for another deployment, or the address is malformed, taken, or nothing would protect it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<BlindsightServer> StartAsync(
        BlindsightModel model, string? listen, ServerOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        ServerOptions chosen = options ?? ServerOptions.Default;
        ServedModel served = await SessionWork.Alone(() =>
        {
            ServedModel prepared = new(model.Quantized, chosen.MemoryBytes, chosen.Threads);
            prepared.Prepare();
            return prepared;
        }).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return new(served, listen, chosen);
    }

    /// <summary>Serves one client over a connection that was accepted elsewhere; completes once the connection is closed.</summary>
    /// <param name="connection">
    /// A duplex stream that two threads may use at once, one reading, one writing. Whoever accepted it has seen to it that it hides and authenticates what
    /// it carries. The server closes it.
    /// </param>
    public async Task ServeAsync(Stream connection, CancellationToken cancellation = default)
    {
        StreamLink link = new(connection);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        await SessionWork.Alone(() =>
        {
            _reception.Admit(new FramedChannel(link, null, linked.Token), linked.Token);
            return true;
        }).ConfigureAwait(false);
        await link.Closed.ConfigureAwait(false);
    }

    /// <summary>Stops listening, breaks off the sessions that run, and waits until they have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _listener?.Dispose();
        await _sessions.EmptyAsync(EndPatience).ConfigureAwait(false);
    }

    private bool Accept(TcpChannelListener listener)
    {
        try
        {
            _reception.Run(listener, null, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        return true;
    }

    private void Serve(FramedChannel channel, Inference.Sessions.Lanes.LaneDesk desk, int client, CancellationToken cancellation)
    {
        using IDisposable counted = _sessions.Enter();
        using ServerSession session = ServerSession.Accept(channel, _served, _options.ForSession(), desk, cancellation);
        session.Serve(null, cancellation);
        _options.Served?.Invoke(session.Report);
    }
}
