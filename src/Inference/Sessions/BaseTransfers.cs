using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.BaseOt;
using Blindsight.Inference.Protocols;
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
    /// <param name="binding">The hash of the handshake.</param>
    /// <param name="expected">What an inference consumes; decides how transfers are extended.</param>
    public static Party Run(Role role, IChannel channel, byte[] binding, Transfers expected, Prg randomness)
    {
        byte[] own = [.. binding, (byte)role], theirs = [.. binding, (byte)(1 - role)];
        byte[] choices = new byte[BaseOtPairs.Count / 8];
        randomness.Fill(choices);
        using BaseOtReceiver receiver = new(own, choices, randomness);
        channel.Send(MessageTag.BaseOtRequest, receiver.Request);
        using BaseOtPairs pairs = Offer(channel, theirs, randomness);
        using BaseOtChoices chosen = Choose(channel, receiver, choices);
        const string FromServer = "server sends", FromClient = "client sends";
        CorrelatedOtFactory server = new(CorrelatedOtChoice.Auto, expected.FromServer);
        CorrelatedOtFactory client = new(CorrelatedOtChoice.Auto, expected.FromClient);
        (CorrelatedOtFactory sending, string sent) = role == Role.Server ? (server, FromServer) : (client, FromClient);
        (CorrelatedOtFactory receiving, string received) = role == Role.Server ? (client, FromClient) : (server, FromServer);
        return new Party(role, channel,
            sending.CreateSender(channel, chosen, binding, sent, Fork(randomness)), CorrelationRobustHash.ForConnection(binding, sent + "/hash"),
            receiving.CreateReceiver(channel, pairs, binding, received, Fork(randomness)),
            CorrelationRobustHash.ForConnection(binding, received + "/hash"), randomness);
    }

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
