using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Steps;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// The model owner's side of one client's session: answers its commands until it closes. Learns when and how many rows
/// are asked, nothing of inputs or results. Not thread-safe; runs on the caller's thread. Several sessions may share a
/// <see cref="ServedModel"/>.
/// </summary>
public sealed class ServerSession : IDisposable
{
    private readonly IChannel _channel;
    private readonly SessionCore _core;
    private readonly SessionOptions _options;

    private ServerSession(IChannel channel, SessionCore core, SessionOptions options) =>
        (_channel, _core, _options) = (channel, core, options);

    /// <summary>The plan that this client was given.</summary>
    public InferencePlan Plan => _core.Flow.Plan;

    /// <summary>Cost of the inferences so far, as seen from the server.</summary>
    public SessionReport Report => _core.Report();

    internal Action<int, uint[]>? ShareObserver { set => _core.ShareObserver = value; }

    /// <summary>Shakes hands with a client, exchanges keys and base transfers.</summary>
    /// <param name="desk">Where the listener hands in further connections; null: none are granted.</param>
    /// <exception cref="ProtocolException">The client broke the protocol or expects something else; it was told why.</exception>
    public static ServerSession Accept(
        IChannel channel, ServedModel model, SessionOptions options, LaneDesk? desk = null, CancellationToken cancellation = default) =>
        Accept(channel, [model], options, desk, cancellation);

    /// <summary>The same, where several models are served: the client gets the one whose plan it insists on, or else the first.</summary>
    /// <inheritdoc cref="Accept(IChannel, ServedModel, SessionOptions, LaneDesk?, CancellationToken)"/>
    public static ServerSession Accept(
        IChannel channel, IReadOnlyList<ServedModel> models, SessionOptions options, LaneDesk? desk = null, CancellationToken cancellation = default)
    {
        options.Checked();
        return Cancellable.Run(channel, null, cancellation, () =>
        {
            Meter meter = new(channel);
            bool Grants(ServedModel model) => desk is not null && options.Threads >= SessionOptions.ThreadsForLanes
                && BaseTransfers.WorthLanes(StepProtocols.TransfersOfOneRow(model.Flow));
            LaneTicket? ticket = null;
            try
            {
                (int chosen, byte[] binding) = Handshake.Server(channel, [.. models.Select(model => new Handshake.Offer(
                    model.Quantized.Plan, options.PreparedRowsMax(model.Quantized.Plan), Grants(model) ? agreed => ticket = desk!.Expect(agreed) : null))]);
                ServedModel model = models[chosen];
                (Party party, ILinearPreparation linear) = SessionSetup.Server(
                    channel, ticket is null ? null : () => ticket.Take(cancellation), model, binding, Prg.FromSystem(), options);
                PhaseCost setup = meter.Lap() + (party.Lanes?.Lap() ?? default);
                return new ServerSession(channel, new SessionCore(party, model.Flow, model.Quantized, linear, setup), options);
            }
            finally
            {
                ticket?.Dispose();
            }
        });
    }

    /// <summary>Answers commands until the client closes the session.</summary>
    /// <param name="progress">Told of each step of each phase.</param>
    /// <exception cref="ProtocolException">The client broke the protocol, or the link broke; the session is over.</exception>
    public void Serve(IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        Cancellable.Run(_channel, _core.Lanes, cancellation, () =>
        {
            while (_options.Gate is not { Ending: true } && Answer(Command.Receive(_channel, _options.MaximumRows), progress)) { }
        });

    /// <summary>Clears everything prepared. The channel stays the caller's.</summary>
    public void Dispose() => _core.Dispose();

    private bool Answer(Command command, IProgress<StepProgress>? progress)
    {
        if (command.Kind == CommandKind.Close) return false;
        SessionWork work = command.Kind == CommandKind.Prepare ? SessionWork.Prepare : SessionWork.Infer;
        Meter meter = new(_channel);
        _options.Gate?.Begin(work, command.Rows);
        Answer(work, command.Rows, progress);
        _options.Gate?.End(work, command.Rows, meter.Lap().Seconds);
        return true;
    }

    private void Answer(SessionWork work, int rows, IProgress<StepProgress>? progress)
    {
        if (work == SessionWork.Prepare)
        {
            CheckRoom(rows);
            _core.Prepare(rows, progress);
        }
        else
        {
            if (_core.Prepared(rows) == 0)
                throw new ProtocolException(PeerFault.UnexpectedMessage, "command", $"an inference of {rows} rows without one prepared");
            _core.Run(rows, [], progress);
        }
    }

    /// <summary>A client decides how much is prepared; this party, how much of it there may be.</summary>
    private void CheckRoom(int rows)
    {
        long wanted = _core.PreparedRows + rows;
        int most = _options.PreparedRowsMax(_core.Flow.Plan);
        if (wanted > most)
            throw new ProtocolException(PeerFault.LimitExceeded, "command",
                $"{wanted} rows prepared and unused; this server told the client that it holds at most {most}");
    }
}
