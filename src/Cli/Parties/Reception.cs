using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Parties;

/// <summary>
/// Accepts connections: of clients, each on a thread of its own, and of lanes, which go to the session that waits for them. One
/// client's fault does not end the others' sessions.
/// </summary>
/// <param name="serve">Serves one client to its end, and reports it, for the starting process and for people.</param>
internal sealed class Reception(
    Func<FramedChannel, LaneDesk, CancellationToken, (Finished Finished, string Words)> serve, LinkProfile link, PartyOutput output, TextWriter errors)
{
    private const int ClientsAtOnceMax = 16, ClientsMax = 64;

    private readonly LaneDesk _desk = new();
    private int _clients, _present, _finished, _failed;

    /// <summary>Serves until cancelled, or until <paramref name="clients"/> have come and gone.</summary>
    /// <returns>The exit code: failure where a counted client's session failed.</returns>
    public int Run(TcpChannelListener listener, int? clients, CancellationToken cancellation)
    {
        if (clients <= 0) return 0;
        SemaphoreSlim places = new(ClientsAtOnceMax);
        Entrance entrance = new(listener, link);
        entrance.Refused += (fault, words) => errors.WriteLine($"blindsight: {fault}, {words}.");
        CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            entrance.Run(visitor =>
            {
                if (LaneDesk.Joins(visitor.FirstTag)) Join(visitor.Channel);
                else if (Receive(visitor.Channel, clients, places, cancellation) == clients) done.Cancel();
            }, done.Token);
            return 0;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return _failed == 0 ? 0 : CommandLine.Failed;
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
            errors.WriteLine($"blindsight: {fault.Message}.");
        }
    }

    /// <summary>Serves one client, once there is a place.</summary>
    /// <returns>How many clients have come and gone.</returns>
    private int Receive(FramedChannel channel, int? clients, SemaphoreSlim places, CancellationToken cancellation)
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
                places.Wait(cancellation);
                Serve(channel, client, cancellation);
                places.Release();
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
            using (channel)
            {
                (Finished finished, string words) = serve(channel, _desk, cancellation);
                output.Tell(finished, $"client {client}: {words}");
            }
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
        errors.WriteLine($"blindsight: {message}");
    }
}
