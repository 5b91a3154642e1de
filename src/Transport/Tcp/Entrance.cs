using System.Net.Sockets;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tls;

namespace Blindsight.Transport.Tcp;

/// <summary>A connection whose peer is known and has said something.</summary>
/// <param name="FirstTag">Of the first message, which is still to be received: what the connection is for.</param>
public sealed record Visitor(FramedChannel Channel, PeerIdentity Peer, ushort FirstTag);

/// <summary>
/// Lets connections in: brings each through its handshake to its first message, on a thread of its own, and hands it on. So many may be on the way at
/// once; when one more comes, the one that has taken longest is turned away, so that strangers who connect and say nothing shut nobody out:
/// an honest handshake takes milliseconds.
/// </summary>
public sealed class Entrance(TcpChannelListener listener, LinkProfile link, ChannelOptions? options = null)
{
    /// <summary>Connections that have not said what they are for, and how long each may take to say it.</summary>
    private const int UndecidedMax = 128, PatienceMs = 10_000;

    /// <summary>Threads that are about to end, after their connection was turned away.</summary>
    private const int EndingMax = 64;

    private const int RetryMs = 50;

    private readonly LinkedList<Guest> _undecided = [];
    private readonly SemaphoreSlim _threads = new(UndecidedMax + EndingMax);

    /// <summary>Told of every connection that came to nothing: the fault's name, and words.</summary>
    public event Action<PeerFault, string>? Refused;

    /// <summary>Connections that have not said yet what they are for.</summary>
    public int Undecided
    {
        get
        {
            lock (_undecided) return _undecided.Count;
        }
    }

    /// <summary>Lets connections in until cancelled.</summary>
    /// <param name="serve">Takes a visitor over, on the connection's own thread, for as long as it likes.</param>
    /// <param name="connections">Breaks connections that were let in; null: cancelling the entrance does.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(Action<Visitor> serve, CancellationToken cancellation, CancellationToken? connections = null)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = listener.AcceptSocket(Timeout.Infinite, cancellation);
            }
            catch (ProtocolException fault)
            {
                Refused?.Invoke(fault.Fault, fault.Message);
                // Also where the system has no more sockets to give.
                cancellation.WaitHandle.WaitOne(RetryMs);
                continue;
            }
            Guest guest = new(socket);
            Add(guest)?.TurnAway(PeerFault.LimitExceeded, "too many connections wait to say what they are for");
            _threads.Wait(cancellation);
            new Thread(() => Receive(guest, serve, connections ?? cancellation)) { IsBackground = true, Name = "connection" }.Start();
        }
    }

    private void Receive(Guest guest, Action<Visitor> serve, CancellationToken cancellation)
    {
        Visitor? visitor = null;
        FramedChannel? channel = null;
        try
        {
            using Timer patience = new(_ => guest.TurnAway(PeerFault.TimedOut, $"it did not say within {PatienceMs} ms what it is for"), null,
                PatienceMs, Timeout.Infinite);
            (channel, PeerIdentity peer) = listener.Open(guest.Socket, link, options, PatienceMs, cancellation);
            ushort tag = channel.PeekTag(PatienceMs);
            if (guest.Enter()) visitor = new(channel, peer, tag);
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            guest.Fail((fault as ProtocolException)?.Fault ?? PeerFault.Disconnected, fault.Message);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or System.Security.Cryptography.CryptographicException)
        {
            guest.Fail(PeerFault.HandshakeFailed, fault.Message);
        }
        finally
        {
            lock (_undecided)
                if (guest.Place.List is not null) _undecided.Remove(guest.Place);
            _threads.Release();
        }
        if (visitor is not null)
        {
            serve(visitor);
            return;
        }
        channel?.Dispose();
        guest.Socket.Dispose();
        if (guest.Reason is { } reason) Refused?.Invoke(reason.Fault, reason.Words);
    }

    /// <summary>Gives a guest a place; the guest whose place it takes, if any.</summary>
    private Guest? Add(Guest guest)
    {
        lock (_undecided)
        {
            _undecided.AddLast(guest.Place);
            if (_undecided.Count <= UndecidedMax) return null;
            Guest oldest = _undecided.First!.Value;
            _undecided.RemoveFirst();
            return oldest;
        }
    }

    /// <summary>A connection on its way in: it is let in, turned away, or fails, whichever is first.</summary>
    private sealed class Guest
    {
        private readonly Lock _gate = new();
        private bool _entered;

        public Guest(Socket socket)
        {
            Socket = socket;
            Place = new(this);
        }

        public Socket Socket { get; }

        public LinkedListNode<Guest> Place { get; }

        public (PeerFault Fault, string Words)? Reason { get; private set; }

        public bool Enter()
        {
            lock (_gate) return _entered = Reason is null;
        }

        public void Fail(PeerFault fault, string words)
        {
            lock (_gate) Reason ??= (fault, words);
        }

        public void TurnAway(PeerFault fault, string words)
        {
            lock (_gate)
            {
                if (_entered) return;
                Reason ??= (fault, words);
            }
            TlsLink.Shutdown(Socket);
        }
    }
}
