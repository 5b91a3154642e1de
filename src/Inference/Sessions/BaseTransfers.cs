using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.BaseOt;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Base;
using Blindsight.Mpc.ObliviousTransfer.Extension;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// Base transfers in both directions at once (<see cref="BaseOtReceiver"/>), and the extensions that grow from them. Each party
/// chooses for the direction in which it will be the sender.
/// </summary>
internal static class BaseTransfers
{
    /// <param name="binding">The hash of the handshake.</param>
    public static Party Run(Role role, IChannel channel, byte[] binding, Prg randomness)
    {
        byte[] own = [.. binding, (byte)role], theirs = [.. binding, (byte)(1 - role)];
        byte[] choices = new byte[BaseOtPairs.Count / 8];
        randomness.Fill(choices);
        using BaseOtReceiver receiver = new(own, choices, randomness);
        channel.Send(MessageTag.BaseOtRequest, receiver.Request);
        BaseOtPairs pairs = Offer(channel, theirs, randomness);
        BaseOtChoices chosen = Choose(channel, receiver, choices);
        bool server = role == Role.Server;
        return new Party(role, channel,
            new IknpSender(channel, chosen), CorrelationRobustHash.ForConnection(binding, server ? "server sends" : "client sends"),
            new IknpReceiver(channel, pairs, Fork(randomness)),
            CorrelationRobustHash.ForConnection(binding, server ? "client sends" : "server sends"), randomness);
    }

    private static BaseOtPairs Offer(IChannel channel, byte[] session, Prg randomness)
    {
        byte[] request = new byte[BaseOtReceiver.RequestBytes];
        channel.Receive(MessageTag.BaseOtRequest, request);
        Vector128<byte>[] zero = new Vector128<byte>[BaseOtPairs.Count], one = new Vector128<byte>[BaseOtPairs.Count];
        byte[] response = Checked("base transfer request", () => BaseOtSender.Respond(
            session, request, randomness, MemoryMarshal.AsBytes(zero.AsSpan()), MemoryMarshal.AsBytes(one.AsSpan())));
        channel.Send(MessageTag.BaseOtResponse, response);
        return new BaseOtPairs(zero, one);
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
