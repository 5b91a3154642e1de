using System.Threading.Channels;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight;

/// <summary>
/// Sessions with one server that are opened when they are first needed and, where one has failed, anew: what a service keeps for its lifetime. Thread-safe:
/// as many calls run at once as there are sessions, and the others wait for one. A call that fails is not repeated, because what it cost may
/// matter to the caller; the next finds a new session.
/// </summary>
public sealed class BlindsightClientPool : IPredictor, IAsyncDisposable
{
    private readonly string _address;
    private readonly ClientOptions _options;
    private readonly Channel<BlindsightClient?> _places;
    private readonly int _sessions;
    private InferencePlan? _plan;

    /// <param name="address">As for <see cref="BlindsightClient.ConnectAsync"/>.</param>
    /// <param name="sessions">Most sessions at once, at least 1.</param>
    /// <exception cref="ParameterException">The address is malformed, or nothing would protect what travels to it.</exception>
    public BlindsightClientPool(string address, ClientOptions? options = null, int sessions = 1)
    {
        if (sessions < 1) throw new ParameterException($"a pool has at least 1 session, not {sessions}");
        (_address, _options, _sessions) = (address, options ?? ClientOptions.Default, sessions);
        _ = new Connections(address, _options);
        _places = Channel.CreateBounded<BlindsightClient?>(sessions);
        for (int i = 0; i < sessions; i++) _places.Writer.TryWrite(null);
    }

    /// <inheritdoc/>
    public async ValueTask<InferencePlan> PlanAsync(CancellationToken cancellation = default) =>
        _plan ?? await Use(client => Task.FromResult(client.Plan), cancellation).ConfigureAwait(false);

    /// <summary>
    /// Prepares a batch in the session that has waited longest. With several sessions the prediction that follows may be another's: prepare as many
    /// batches as there are sessions, or keep to one.
    /// </summary>
    /// <inheritdoc/>
    public Task PrepareAsync(int rows = 1, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) => Use(async client =>
    {
        await client.PrepareAsync(rows, progress, cancellation).ConfigureAwait(false);
        return true;
    }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Prediction>> PredictAsync(
        IReadOnlyList<FloatTensor[]> rows, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        Use(client => client.PredictAsync(rows, progress, cancellation), cancellation);

    /// <summary>Waits for the calls that run, and closes every session.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < _sessions; i++)
        {
            if (!await _places.Reader.WaitToReadAsync().ConfigureAwait(false)) return;
            if (_places.Reader.TryRead(out BlindsightClient? client) && client is not null) await client.DisposeAsync().ConfigureAwait(false);
        }
        _places.Writer.TryComplete();
    }

    private async Task<T> Use<T>(Func<BlindsightClient, Task<T>> work, CancellationToken cancellation)
    {
        BlindsightClient? client;
        try
        {
            client = await _places.Reader.ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(BlindsightClientPool));
        }
        try
        {
            client ??= await BlindsightClient.ConnectAsync(_address, _options, cancellation).ConfigureAwait(false);
            _plan = client.Plan;
            return await work(client).ConfigureAwait(false);
        }
        catch (Exception fault) when (client is not null && fault is ProtocolException or OperationCanceledException)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            client = null;
            throw;
        }
        finally
        {
            await _places.Writer.WriteAsync(client, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
