using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// The data owner's side: asks a server that holds a model for predictions. The server learns the number of
/// rows and nothing of their content; this side learns the outputs, and of the model the plan. Not thread-safe; runs on
/// the caller's thread. After an exception the session is over.
/// </summary>
/// <example>
/// <code>
/// using ClientSession session = ClientSession.Connect(channel, expected: null, SessionOptions.Default);
/// session.Prepare(rows: 1);
/// FloatTensor[] outputs = session.Infer([[image]])[0];
/// </code>
/// </example>
public sealed class ClientSession : IDisposable
{
    private readonly IChannel _channel;
    private readonly SessionCore _core;
    private bool _closed;

    private ClientSession(IChannel channel, SessionCore core, int preparedRowsMax) =>
        (_channel, _core, PreparedRowsMax) = (channel, core, preparedRowsMax);

    /// <summary>The plan that both parties hold.</summary>
    public InferencePlan Plan => _core.Flow.Plan;

    /// <summary>Rows that may lie prepared and unused: the server's limit for a client, at least 1.</summary>
    public int PreparedRowsMax { get; }

    /// <summary>Cost of the inferences so far.</summary>
    public SessionReport Report => _core.Report();

    internal Action<int, uint[]>? ShareObserver { set => _core.ShareObserver = value; }

    /// <summary>Shakes hands, exchanges keys and base transfers.</summary>
    /// <param name="expected">The plan that the client insists on, or null to take the server's.</param>
    /// <param name="openLane">
    /// Opens a further connection to the server, for the session's lanes; these the session owns. Null: everything travels on the one channel.
    /// </param>
    /// <exception cref="ProtocolException">The server refused, holds another plan, or the link broke.</exception>
    public static ClientSession Connect(
        IChannel channel, InferencePlan? expected, SessionOptions options, Func<IChannel>? openLane = null,
        CancellationToken cancellation = default)
    {
        options.Checked();
        return Cancellable.Run(channel, null, cancellation, () =>
        {
            Meter meter = new(channel);
            Handshake.Agreement agreed =
                Handshake.Client(channel, expected, options.Threads >= SessionOptions.ThreadsForLanes && openLane is not null);
            DataFlow flow = new(agreed.Plan);
            (Party party, ILinearPreparation linear) = SessionSetup.Client(
                channel, agreed.Lanes ? () => SessionLanes.Open(openLane!, agreed.Binding) : null, flow, agreed.Binding, Prg.FromSystem(), options);
            PhaseCost setup = meter.Lap() + (party.Lanes?.Lap() ?? default);
            return new ClientSession(channel, new SessionCore(party, flow, null, linear, setup), agreed.PreparedRowsMax);
        });
    }

    /// <summary>Runs the offline phase for one batch ahead of its input; <see cref="Infer"/> takes batches of its size from here.</summary>
    /// <exception cref="ParameterException">More than <see cref="PreparedRowsMax"/> rows would lie prepared.</exception>
    /// <exception cref="ProtocolException">The peer or the link failed.</exception>
    public void Prepare(int rows, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (_core.PreparedRows + rows > PreparedRowsMax)
            throw new ParameterException($"{_core.PreparedRows + rows} rows would lie prepared; this server holds material for {PreparedRowsMax}.");
        Cancellable.Run(_channel, _core.Lanes, cancellation, () =>
        {
            new Command(CommandKind.Prepare, rows).Send(_channel);
            _core.Prepare(rows, progress);
        });
    }

    /// <summary>How many batches of this size lie prepared.</summary>
    public int Prepared(int rows) => _core.Prepared(rows);

    /// <summary>
    /// Predicts a batch. Each row has one tensor an input of the plan, batch dimension 1 or absent. Prepares first where
    /// nothing of this size lies ready.
    /// </summary>
    /// <returns>For each row one tensor an output, after the client's own post-operation (softmax, say).</returns>
    /// <exception cref="ArgumentException">A row does not have the plan's shape.</exception>
    /// <exception cref="ProtocolException">The peer or the link failed.</exception>
    public ImmutableArray<FloatTensor[]> Infer(
        IReadOnlyList<FloatTensor[]> rows, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (rows.Count == 0) return [];
        ImmutableArray<uint[]> inputs = Rows.Encode(Plan, rows);
        return Cancellable.Run(_channel, _core.Lanes, cancellation, () =>
        {
            if (_core.Prepared(rows.Count) == 0) Prepare(rows.Count, progress, cancellation);
            new Command(CommandKind.Infer, rows.Count).Send(_channel);
            return Rows.Decode(Plan, _core.Run(rows.Count, inputs, progress), rows.Count);
        });
    }

    /// <summary>Says goodbye, where the session still stands, and clears everything prepared. The channel stays the caller's.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        try
        {
            new Command(CommandKind.Close, 0).Send(_channel);
            _channel.Flush();
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException) { }
        _core.Dispose();
    }
}
