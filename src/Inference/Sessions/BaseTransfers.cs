using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.BaseOt;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Base;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// Base transfers in both directions at once (<see cref="BaseOtReceiver"/>), and the extensions that grow from them. Each party
/// chooses for the direction in which it will be the sender.
/// </summary>
internal static class BaseTransfers
{
    /// <summary>Whether so many transfers are worth lanes of their own.</summary>
    public static bool WorthLanes(Transfers expected) => FactoryFor(expected.FromServer).IsSilent || FactoryFor(expected.FromClient).IsSilent;

    /// <param name="lanes">Waits for the lanes on which transfers are extended; null where that happens on the channel.</param>
    /// <param name="binding">The hash of the handshake.</param>
    /// <param name="expected">What an inference consumes; decides how transfers are extended.</param>
    public static Party Run(Role role, IChannel channel, Func<SessionLanes>? lanes, byte[] binding, Transfers expected, Prg randomness)
    {
        byte[] own = [.. binding, (byte)role], theirs = [.. binding, (byte)(1 - role)];
        byte[] choices = new byte[BaseOtPairs.Count / 8];
        randomness.Fill(choices);
        using BaseOtReceiver receiver = new(own, choices, randomness);
        channel.Send(MessageTag.BaseOtRequest, receiver.Request);
        using BaseOtPairs pairs = Offer(channel, theirs, randomness);
        using BaseOtChoices chosen = Choose(channel, receiver, choices);
        const string FromServer = "server sends", FromClient = "client sends";
        CorrelatedOtFactory server = FactoryFor(expected.FromServer), client = FactoryFor(expected.FromClient);
        Role peer = 1 - role;
        (CorrelatedOtFactory sending, string sent) = role == Role.Server ? (server, FromServer) : (client, FromClient);
        (CorrelatedOtFactory receiving, string received) = role == Role.Server ? (client, FromClient) : (server, FromServer);
        SessionLanes? opened = lanes?.Invoke();
        ICorrelatedOtSender sender = sending.CreateSender(opened?.Of(role) ?? channel, chosen, binding, sent, Fork(randomness));
        ICorrelatedOtReceiver receiverEnd = receiving.CreateReceiver(opened?.Of(peer) ?? channel, pairs, binding, received, Fork(randomness));
        return new Party(role, channel,
            opened?.Ahead(role, sender, channel) ?? sender, CorrelationRobustHash.ForConnection(binding, sent + "/hash"),
            opened?.Ahead(peer, receiverEnd, channel) ?? receiverEnd, CorrelationRobustHash.ForConnection(binding, received + "/hash"),
            randomness) { Lanes = opened };
    }

    /// <summary>Base transfers in both directions.</summary>
    public static void Run(Script script)
    {
        script.Both(Work.BaseRequested, 1);
        script.Exchange(BaseOtReceiver.RequestBytes);
        script.Both(Work.BaseAnswered, 1);
        script.Exchange(BaseOtSender.ResponseBytes);
        script.Both(Work.BaseFinished, 1);
    }

    /// <summary>Payload bytes of base transfers that each party sends.</summary>
    public static long BytesEachWay => BaseOtReceiver.RequestBytes + BaseOtSender.ResponseBytes;

    /// <summary>How so many transfers are made.</summary>
    public static CorrelatedOtFactory FactoryFor(long expected) => new(CorrelatedOtChoice.Auto, expected);

    private static BaseOtPairs Offer(IChannel channel, byte[] session, Prg randomness)
    {
        byte[] request = new byte[BaseOtReceiver.RequestBytes];
        channel.Receive(MessageTag.BaseOtRequest, request);
        Vector128<byte>[] zero = new Vector128<byte>[BaseOtPairs.Count], one = new Vector128<byte>[BaseOtPairs.Count];
        byte[] response = Checked("base transfer request", () => BaseOtSender.Respond(
            session, request, randomness, MemoryMarshal.AsBytes(zero.AsSpan()), MemoryMarshal.AsBytes(one.AsSpan())));
        channel.Send(MessageTag.BaseOtResponse, response);
        BaseOtPairs pairs = new(zero, one);
        Array.Clear(zero);
        Array.Clear(one);
        return pairs;
    }

    private static BaseOtChoices Choose(IChannel channel, BaseOtReceiver receiver, byte[] choices)
    {
        byte[] response = new byte[BaseOtSender.ResponseBytes];
        channel.Receive(MessageTag.BaseOtResponse, response);
        Vector128<byte>[] keys = new Vector128<byte>[BaseOtPairs.Count];
        Checked("base transfer response", () =>
        {
            receiver.Finish(response, MemoryMarshal.AsBytes(keys.AsSpan()));
            return response;
        });
        BaseOtChoices chosen = new(MemoryMarshal.Read<Vector128<byte>>(choices), keys);
        CryptographicOperations.ZeroMemory(choices);
        Array.Clear(keys);
        return chosen;
    }

    private static byte[] Checked(string step, Func<byte[]> work)
    {
        try
        {
            return work();
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, step, malformed.Message, malformed);
        }
    }

    private static Prg Fork(Prg randomness)
    {
        Span<byte> seed = stackalloc byte[Prg.SeedBytes];
        randomness.Fill(seed);
        Prg fork = new(seed);
        CryptographicOperations.ZeroMemory(seed);
        return fork;
    }
}
