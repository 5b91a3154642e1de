using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Steps;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// What follows the handshake: the client's public key for the linear layers, and base transfers in both directions. All
/// randomness of the session is bound to the handshake.
/// </summary>
internal static class SessionSetup
{
    /// <summary>Parameters of linear layers, the same for all sessions of this protocol version.</summary>
    public static RlweParameters Parameters { get; } = RlweParameters.Linear;

    /// <summary>The client's half.</summary>
    /// <param name="lanes">Opens the session's lanes; null where it has none.</param>
    public static (Party Party, ILinearPreparation Linear) Client(
        IChannel channel, Func<SessionLanes>? lanes, DataFlow flow, byte[] binding, Prg randomness, SessionOptions options)
    {
        RequestSchedule schedule = new(flow, Parameters);
        RlweClient encryption = new(Parameters, binding, randomness);
        byte[] publicKey = new byte[encryption.PublicKeyBytes];
        encryption.WritePublicKey(publicKey);
        channel.Send(MessageTag.PublicKey, publicKey);
        Party party = BaseTransfers.Run(Role.Client, channel, lanes, binding, StepProtocols.TransfersOfOneRow(flow), randomness);
        return (party, new LinearClient(encryption, schedule, options.Threads));
    }

    /// <summary>Both halves.</summary>
    public static void Run(Script script, DataFlow flow)
    {
        script.Does(Role.Client, Work.LayerPacked, flow.Plan.Steps.OfType<LinearStep>().Count());
        script.Does(Role.Client, Work.KeysMade);
        script.Message(Role.Client, RlweClient.PublicKeyBytesFor(Parameters));
        script.Does(Role.Server, Work.KeysRead);
        BaseTransfers.Run(script);
    }

    /// <summary>The server's half.</summary>
    /// <param name="lanes">Waits for the session's lanes; null where it has none.</param>
    public static (Party Party, ILinearPreparation Linear) Server(
        IChannel channel, Func<SessionLanes>? lanes, ServedModel model, byte[] binding, Prg randomness, SessionOptions options)
    {
        byte[] publicKey = new byte[RlweClient.PublicKeyBytesFor(Parameters)];
        channel.Receive(MessageTag.PublicKey, publicKey);
        RlweServer encryption;
        try
        {
            encryption = new RlweServer(Parameters, binding, publicKey);
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "public key", malformed.Message, malformed);
        }
        Party party = BaseTransfers.Run(Role.Server, channel, lanes, binding, StepProtocols.TransfersOfOneRow(model.Flow), randomness);
        return (party, new LinearServer(encryption, model.Schedule, model.Weights, options.Threads));
    }
}
