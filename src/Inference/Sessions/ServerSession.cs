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

    /// <summary>Cost of the inferences so far, as seen from the server.</summary>
    public SessionReport Report => _core.Report();

    internal Action<int, uint[]>? ShareObserver { set => _core.ShareObserver = value; }

    /// <summary>Shakes hands with a client, exchanges keys and base transfers.</summary>
    /// <param name="desk">Where the listener hands in further connections; null: none are granted.</param>
    /// <exception cref="ProtocolException">The client broke the protocol or expects something else; it was told why.</exception>
    public static ServerSession Accept(
        IChannel channel, ServedModel model, SessionOptions options, LaneDesk? desk = null, CancellationToken cancellation = default)
    {
        options.Checked();
        return Cancellable.Run(channel, null, cancellation, () =>
        {
            Meter meter = new(channel);
            bool grants = desk is not null && options.Threads >= SessionOptions.ThreadsForLanes
                && BaseTransfers.WorthLanes(StepProtocols.TransfersOfOneRow(model.Flow));
            LaneTicket? ticket = null;
            try
            {
                InferencePlan plan = model.Quantized.Plan;
                byte[] binding = Handshake.Server(
                    channel, plan, options.PreparedRowsMax(plan), grants ? agreed => ticket = desk!.Expect(agreed) : null);
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
            while (Answer(Command.Receive(_channel, _options.MaximumRows), progress)) { }
        });

    /// <summary>Clears everything prepared. The channel stays the caller's.</summary>
    public void Dispose() => _core.Dispose();

    private bool Answer(Command command, IProgress<StepProgress>? progress)
    {
        switch (command.Kind)
        {
            case CommandKind.Prepare:
                CheckRoom(command.Rows);
                _core.Prepare(command.Rows, progress);
                return true;
            case CommandKind.Infer:
                if (_core.Prepared(command.Rows) == 0)
                    throw new ProtocolException(PeerFault.UnexpectedMessage, "command",
                        $"an inference of {command.Rows} rows without one prepared");
                _core.Run(command.Rows, [], progress);
                return true;
            default:
                return false;
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
