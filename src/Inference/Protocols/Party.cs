using Blindsight.Arithmetic.Randomness;
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
internal sealed record Party(
    Role Role, IChannel Channel, ICorrelatedOtSender Sender, ICorrelatedOtReceiver Receiver, Prg Randomness)
{
    public bool IsServer => Role == Role.Server;
}
