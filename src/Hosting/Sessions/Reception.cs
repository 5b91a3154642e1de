using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Sessions;

/// <summary>
/// Accepts connections: of clients, each on a thread of its own, and of lanes, which go to the session that waits for them. One
/// client's fault does not end the others' sessions.
/// </summary>
/// <param name="serve">Serves one client, of which it is told the number, to its end. The channel stays the reception's.</param>
/// <param name="complain">Told, in words for people, which connections and sessions failed; on any thread.</param>
public sealed class Reception(Action<FramedChannel, LaneDesk, int, CancellationToken> serve, LinkProfile link, Action<string> complain)
{
    private const int ClientsAtOnceMax = 16, ClientsMax = 64;

    /// <summary>Of connections that are handed in: how many may not have said yet what they are for, and how long each may take to say it.</summary>
    private const int UndecidedMax = 128, FirstMessageMs = 10_000;

    private readonly LaneDesk _desk = new();
    private readonly SemaphoreSlim _places = new(ClientsAtOnceMax);
    private int _undecided, _clients, _present, _finished, _failed;

    /// <summary>Serves until cancelled, or until <paramref name="clients"/> have come and gone.</summary>
    /// <returns>How many of them failed.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public int Run(TcpChannelListener listener, int? clients, CancellationToken cancellation)
    {
        if (clients <= 0) return 0;
        Entrance entrance = new(listener, link);
        entrance.Refused += (fault, words) => complain($"{fault}, {words}.");
        CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            entrance.Run(visitor =>
            {
                if (LaneDesk.Joins(visitor.FirstTag)) Join(visitor.Channel);
                else if (Receive(visitor.Channel, clients, cancellation) == clients) done.Cancel();
            }, done.Token);
            return _failed;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return _failed;
        }
    }

    /// <summary>
    /// Takes a connection that came some other way than by a listener, and serves it to its end: a client's on the caller's thread, a lane's on its session's.
    /// </summary>
    public void Admit(FramedChannel channel, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _undecided) > UndecidedMax)
        {
            Interlocked.Decrement(ref _undecided);
            channel.Dispose();
            complain($"{UndecidedMax} connections wait to say what they are for.");
        }
        else if (Tag(channel) is { } tag)
        {
            if (LaneDesk.Joins(tag)) Join(channel);
            else Receive(channel, null, cancellation);
        }
    }

    /// <summary>What a connection is for; null where it does not say, and is closed.</summary>
    private ushort? Tag(FramedChannel channel)
    {
        try
        {
            return channel.PeekTag(FirstMessageMs);
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            channel.Dispose();
            complain($"{fault.Message}.");
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _undecided);
        }
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
            complain($"{fault.Message}.");
        }
    }

    /// <summary>Serves one client, once there is a place.</summary>
    /// <returns>How many clients have come and gone.</returns>
    private int Receive(FramedChannel channel, int? clients, CancellationToken cancellation)
    {
        int client = Interlocked.Increment(ref _clients);
        if (client > clients)
        {
            channel.Dispose();
            return 0;
        }
        if (Interlocked.Increment(ref _present) > ClientsMax)
        {
            channel.Dispose();
            Failed($"client {client}: {ClientsMax} clients are there already.");
        }
        else
        {
            try
            {
                _places.Wait(cancellation);
                Serve(channel, client, cancellation);
                _places.Release();
            }
            catch (OperationCanceledException)
            {
                channel.Dispose();
            }
        }
        Interlocked.Decrement(ref _present);
        return Interlocked.Increment(ref _finished);
    }

    private void Serve(FramedChannel channel, int client, CancellationToken cancellation)
    {
        try
        {
            using (channel) serve(channel, _desk, client, cancellation);
        }
        catch (ProtocolException fault)
        {
            Failed($"client {client}: {fault.Message}.");
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _failed);
        }
        catch (Exception defect)
        {
            // Whatever a client provokes ends its own session alone; the type is all that is told of it.
            Failed($"client {client}: the session ended by {defect.GetType().Name}.");
        }
    }

    private void Failed(string message)
    {
        Interlocked.Increment(ref _failed);
        complain(message);
    }
}
