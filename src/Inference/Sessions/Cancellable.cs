using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>Makes blocking work on a channel cancellable: cancellation closes the channel, which ends every wait.</summary>
internal static class Cancellable
{
    /// <exception cref="OperationCanceledException">Cancelled before or meanwhile; the channel is closed.</exception>
    public static T Run<T>(IChannel channel, CancellationToken cancellation, Func<T> work)
    {
        cancellation.ThrowIfCancellationRequested();
        using CancellationTokenRegistration registration = cancellation.Register(channel.Abort);
        try
        {
            return work();
        }
        catch (ProtocolException fault) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The session was cancelled.", fault, cancellation);
        }
    }

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(IChannel channel, CancellationToken cancellation, Action work) =>
        Run(channel, cancellation, () => { work(); return true; });
}
