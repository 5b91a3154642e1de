using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Inference.Protocols;

/// <summary>Who this process is in a client-server session.</summary>
public enum Role
{
    /// <summary>Owns the input and learns the result.</summary>
    Client,
    /// <summary>Owns the weights and learns nothing.</summary>
    Server,
}

/// <summary>
/// What every protocol of a session works with: the link, correlated OT in both directions, and fresh randomness. Two-party
/// protocols take their part from <see cref="Role"/>; the leaves of comparisons are sent by the server.
/// </summary>
/// <param name="SenderHash">Hashes what <paramref name="Sender"/> delivers; the peer's receiver hash is the same.</param>
internal sealed record Party(
    Role Role, IChannel Channel, ICorrelatedOtSender Sender, CorrelationRobustHash SenderHash,
    ICorrelatedOtReceiver Receiver, CorrelationRobustHash ReceiverHash, Prg Randomness) : IDisposable
{
    public bool IsServer => Role == Role.Server;

    /// <summary>Where the transfers are made in the background; null where this thread makes them on the one channel.</summary>
    public SessionLanes? Lanes { get; init; }

    /// <summary>Clears the correlations' secrets and the randomness and closes the lanes; not the channel.</summary>
    public void Dispose()
    {
        Sender.Dispose();
        Receiver.Dispose();
        Lanes?.Dispose();
        SenderHash.Dispose();
        ReceiverHash.Dispose();
        Randomness.Dispose();
    }
}
