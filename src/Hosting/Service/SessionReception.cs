using Blindsight.Inference.Sessions;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Service;

/// <summary>A client that is to be served.</summary>
/// <param name="Desk">Where the session's further connections come in.</param>
/// <param name="Permit">Its account with the ledger; the session's gate.</param>
/// <param name="Cancellation">Cancelled when what runs must end.</param>
public sealed record ServedClient(FramedChannel Channel, LaneDesk Desk, ClientPermit Permit, CancellationToken Cancellation);

/// <summary>How a client's session ended.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Fault">Null where the client said goodbye, or the server was being stopped between two requests.</param>
/// <param name="Report">Null where there is none.</param>
public sealed record ClientEnded(int Number, string Client, string Model, string? Fault, string Words, SessionReport? Report);

/// <summary>
/// Accepts connections: of clients, each on a thread of its own, and of lanes, which go to the session that waits for them. One client's fault does not
/// end the others' sessions.
/// </summary>
/// <param name="sessionsMax">At once, of all clients; who comes when there are so many is refused.</param>
public sealed class SessionReception(TcpChannelListener listener, LinkProfile link, ClientLedger ledger, Func<int> sessionsMax)
{
    private const int PollMs = 20;

    private readonly LaneDesk _desk = new();
    private int _clients, _present, _finished, _failed;
    private Entrance? _entrance;

    /// <summary>Told of each session's end, on its thread.</summary>
    public event Action<ClientEnded>? Ended;

    /// <summary>Told of connections that came to nothing: the fault's name, and words.</summary>
    public event Action<string, string>? Refused;

    /// <summary>Connections that have not said yet what they are for.</summary>
    public int Undecided => _entrance?.Undecided ?? 0;

    /// <summary>Serves until cancelled, or until <paramref name="clients"/> have come and gone; what runs then may go on for a while.</summary>
    /// <param name="serve">Serves one client to its end.</param>
    /// <param name="drain">How long sessions may go on once this is cancelled.</param>
    /// <returns>Whether no counted client's session failed.</returns>
    /// <exception cref="OperationCanceledException">Cancelled, and everything has ended.</exception>
    public bool Run(Func<ServedClient, SessionReport> serve, int? clients, TimeSpan drain, CancellationToken cancellation)
    {
        if (clients <= 0) return true;
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CancellationTokenSource hard = new();
        _entrance = new(listener, link);
        _entrance.Refused += (fault, words) => Refused?.Invoke($"{fault}", words);
        try
        {
            _entrance.Run(visitor =>
            {
                if (LaneDesk.Joins(visitor.FirstTag)) Join(visitor.Channel);
                else if (Receive(visitor, clients, serve, hard.Token) == clients) Finish(done);
            }, done.Token, hard.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return _failed == 0;
        }
        finally
        {
            if (cancellation.IsCancellationRequested) Drain(drain);
            hard.Cancel();
        }
    }

    private static void Finish(CancellationTokenSource done)
    {
        try
        {
            done.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was stopped meanwhile.
        }
    }

    /// <summary>Waits until all sessions have ended, for a while.</summary>
    private void Drain(TimeSpan patience)
    {
        ledger.Drain();
        long start = Environment.TickCount64;
        while (Volatile.Read(ref _present) > 0 && Environment.TickCount64 - start < patience.TotalMilliseconds) Thread.Sleep(PollMs);
    }

    /// <summary>Hands a lane in; what no session waits for is closed, and hurts nobody.</summary>
    private void Join(FramedChannel channel)
    {
        try
        {
            _desk.Deliver(channel);
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            channel.Dispose();
            Refused?.Invoke($"{(fault as ProtocolException)?.Fault ?? PeerFault.Disconnected}", fault.Message);
        }
    }

    /// <summary>Serves one client to its end.</summary>
    /// <returns>How many clients have come and gone.</returns>
    private int Receive(Visitor visitor, int? clients, Func<ServedClient, SessionReport> serve, CancellationToken cancellation)
    {
        int client = Interlocked.Increment(ref _clients);
        using FramedChannel channel = visitor.Channel;
        if (client > clients) return 0;
        try
        {
            int present = Interlocked.Increment(ref _present), most = sessionsMax();
            if (present > most)
                throw new ProtocolException(PeerFault.LimitExceeded, "policy", $"{most} sessions are there already");
            using ClientPermit permit = ledger.Admit(visitor.Peer.Name, channel.Abort);
            SessionReport report = serve(new(channel, _desk, permit, cancellation));
            // Delivers the last answer: once nobody is present, the process may end.
            channel.Dispose();
            Ended?.Invoke(new(client, visitor.Peer.Name, permit.Model, null, "", report));
        }
        catch (ProtocolException fault)
        {
            channel.Refuse(fault.Fault, fault.Message);
            Failed(client, visitor, $"{fault.Fault}", fault.Message);
        }
        catch (OperationCanceledException)
        {
            Failed(client, visitor, "Cancelled", "the server was stopped");
        }
        catch (Exception defect)
        {
            // Whatever a client provokes ends its own session alone; the type is all that is told of it.
            Failed(client, visitor, "InternalError", $"the session ended by {defect.GetType().Name}");
        }
        finally
        {
            Interlocked.Decrement(ref _present);
        }
        return Interlocked.Increment(ref _finished);
    }

    private void Failed(int client, Visitor visitor, string fault, string words)
    {
        Interlocked.Increment(ref _failed);
        Ended?.Invoke(new(client, visitor.Peer.Name, "none", fault, words, null));
    }
}
