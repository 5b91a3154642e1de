using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>Makes blocking work on a channel and its lanes cancellable: cancellation breaks them, which ends every wait.</summary>
internal static class Cancellable
{
    /// <exception cref="OperationCanceledException">Cancelled before or meanwhile; the channel is closed.</exception>
    /// <exception cref="ProtocolException">
    /// The work's; where the peer is merely gone or silent, a lane's that says more.
    /// </exception>
    public static T Run<T>(IChannel channel, SessionLanes? lanes, CancellationToken cancellation, Func<T> work)
    {
        cancellation.ThrowIfCancellationRequested();
        using CancellationTokenRegistration registration = cancellation.Register(() =>
        {
            channel.Abort();
            lanes?.Abort();
        });
        try
        {
            return work();
        }
        catch (ProtocolException fault) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The session was cancelled.", fault, cancellation);
        }
        catch (ProtocolException fault)
            when (fault.Fault is PeerFault.Disconnected or PeerFault.TimedOut && lanes?.Fault is { Fault: not PeerFault.Disconnected } cause)
        {
            throw cause;
        }
    }

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(IChannel channel, SessionLanes? lanes, CancellationToken cancellation, Action work) =>
        Run(channel, lanes, cancellation, () => { work(); return true; });
}
