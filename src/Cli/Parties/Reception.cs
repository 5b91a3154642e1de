using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Parties;

/// <summary>Accepts clients of a served model, each on a thread of its own; one client's fault does not end the others' sessions.</summary>
internal sealed class Reception(
    ServedModel model, SessionOptions options, LinkProfile link, double warmupSeconds, PartyOutput output, TextWriter errors)
{
    private const int ClientsAtOnceMax = 16;

    private int _failed;

    /// <summary>Serves until cancelled, or until <paramref name="clients"/> have come and gone.</summary>
    /// <returns>The exit code: failure where a counted client's session failed.</returns>
    public int Run(TcpChannelListener listener, int? clients, CancellationToken cancellation)
    {
        using SemaphoreSlim places = new(ClientsAtOnceMax);
        List<Thread> sessions = [];
        for (int number = 1; clients is null || number <= clients; number++)
        {
            places.Wait(cancellation);
            FramedChannel channel = Accept(listener, cancellation);
            int client = number;
            Thread session = new(() =>
            {
                try
                {
                    Serve(channel, client, cancellation);
                }
                finally
                {
                    places.Release();
                }
            }) { Name = $"client {number}" };
            session.Start();
            sessions.Add(session);
            sessions.RemoveAll(thread => !thread.IsAlive && clients is null);
        }
        foreach (Thread session in sessions) session.Join();
        cancellation.ThrowIfCancellationRequested();
        return _failed == 0 ? 0 : CommandLine.Failed;
    }

    /// <summary>The next client that stays until it is accepted.</summary>
    private FramedChannel Accept(TcpChannelListener listener, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return listener.Accept(link, Timeout.Infinite, null, cancellation);
            }
            catch (ProtocolException fault)
            {
                errors.WriteLine($"blindsight: {fault.Message}.");
            }
        }
    }

    private void Serve(FramedChannel channel, int client, CancellationToken cancellation)
    {
        try
        {
            using (channel)
            using (ServerSession session = ServerSession.Accept(channel, model, options, cancellation))
            {
                session.Serve(null, cancellation);
                SessionReport report = session.Report;
                output.Tell(PartyOutput.Finish(model.Quantized.Plan, warmupSeconds, report) with { PreparedWeightBytes = model.PreparedBytes },
                    $"client {client}: {report.Rows} rows, offline {report.Offline.Seconds:f2} s, online {report.Online.Seconds:f2} s");
            }
        }
        catch (ProtocolException fault)
        {
            Interlocked.Increment(ref _failed);
            errors.WriteLine($"blindsight: client {client}: {fault.Message}.");
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _failed);
        }
        catch (Exception defect)
        {
            // Whatever a client provokes ends its own session alone; the type is all that is told of it.
            Interlocked.Increment(ref _failed);
            errors.WriteLine($"blindsight: client {client}: the session ended by {defect.GetType().Name}.");
        }
    }
}
