using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Mpc.Channels;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// The first exchange of a session. The client says hello with its protocol version, the hash of the plan that it expects (or
/// zeros: then the server sends its plan, which is public) and a nonce; the server answers with its own, or with the
/// reason of a refusal. Nothing secret travels. The session's binding is a hash of all of it.
/// </summary>
internal static class Handshake
{
    public const ushort ProtocolVersion = 1;
    public const int PlanBytesMax = 64 << 20;

    private const int NonceBytes = 16, HashBytes = 32, TextBytesMax = 512;
    private const int HelloBytes = 4 + 2 + HashBytes + NonceBytes;
    private static ReadOnlySpan<byte> Magic => "BLND"u8;

    /// <summary>The client's half.</summary>
    /// <param name="expected">The plan that the client insists on, or null to take the server's.</param>
    public static (InferencePlan Plan, byte[] Binding) Client(IChannel channel, InferencePlan? expected)
    {
        byte[] hello = new byte[HelloBytes];
        Magic.CopyTo(hello);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(4), ProtocolVersion);
        if (expected is not null) PlanSerializer.Hash(expected).CopyTo(hello.AsSpan(6));
        RandomNumberGenerator.Fill(hello.AsSpan(6 + HashBytes));
        channel.Send(MessageTag.Hello, hello);

        byte[] welcome = channel.ReceiveUpTo(MessageTag.Welcome, 1 + HelloBytes + TextBytesMax);
        if (welcome.Length < 1 + HelloBytes || !welcome.AsSpan(1, 4).SequenceEqual(Magic))
            throw new ProtocolException(PeerFault.MalformedMessage, "handshake", "the peer is not a Blindsight server");
        if (welcome[0] != 0) throw Refused(welcome);
        byte[] hash = welcome[7..(7 + HashBytes)];
        InferencePlan plan = expected ?? ReceivePlan(channel, hash);
        if (expected is not null && !hash.AsSpan().SequenceEqual(hello.AsSpan(6, HashBytes)))
            throw new ProtocolException(PeerFault.PlanMismatch, "handshake", "the server holds another plan");
        return (plan, Binding(hello, welcome));
    }

    /// <summary>The server's half.</summary>
    public static byte[] Server(IChannel channel, InferencePlan plan)
    {
        byte[] hello = new byte[HelloBytes];
        channel.Receive(MessageTag.Hello, hello);
        byte[] hash = PlanSerializer.Hash(plan);
        byte[] welcome = new byte[1 + HelloBytes];
        Magic.CopyTo(welcome.AsSpan(1));
        BinaryPrimitives.WriteUInt16LittleEndian(welcome.AsSpan(5), ProtocolVersion);
        hash.CopyTo(welcome.AsSpan(7));
        RandomNumberGenerator.Fill(welcome.AsSpan(7 + HashBytes));
        ReadOnlySpan<byte> theirs = hello.AsSpan(6, HashBytes);
        bool wantsPlan = !theirs.ContainsAnyExcept((byte)0);
        if (!hello.AsSpan(0, 4).SequenceEqual(Magic))
            throw Refuse(channel, welcome, PeerFault.MalformedMessage, "the peer is not a Blindsight client");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(hello.AsSpan(4));
        if (version != ProtocolVersion)
            throw Refuse(channel, welcome, PeerFault.VersionMismatch,
                $"the client speaks protocol version {version}, this server version {ProtocolVersion}");
        if (!wantsPlan && !theirs.SequenceEqual(hash))
            throw Refuse(channel, welcome, PeerFault.PlanMismatch, "the client expects another plan than this server's");
        channel.Send(MessageTag.Welcome, welcome);
        if (wantsPlan) channel.Send(MessageTag.Plan, PlanSerializer.Serialize(plan));
        return Binding(hello, welcome);
    }

    private static InferencePlan ReceivePlan(IChannel channel, byte[] hash)
    {
        byte[] bytes = channel.ReceiveUpTo(MessageTag.Plan, PlanBytesMax);
        try
        {
            InferencePlan plan = PlanSerializer.Deserialize(bytes);
            if (PlanSerializer.Hash(plan).AsSpan().SequenceEqual(hash)) return plan;
        }
        catch (ParameterException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "handshake", $"the server's plan: {malformed.Message}", malformed);
        }
        throw new ProtocolException(PeerFault.PlanMismatch, "handshake", "the server sent another plan than it announced");
    }

    private static ProtocolException Refuse(IChannel channel, byte[] welcome, PeerFault fault, string reason)
    {
        welcome[0] = 1;
        welcome.AsSpan(1 + 4 + 2).Clear();
        channel.Send(MessageTag.Welcome, [.. welcome, .. Encoding.UTF8.GetBytes(reason)]);
        channel.Flush();
        return new ProtocolException(fault, "handshake", reason);
    }

    private static ProtocolException Refused(byte[] welcome)
    {
        string reason = Encoding.UTF8.GetString(welcome, 1 + HelloBytes, welcome.Length - 1 - HelloBytes);
        string printable = string.Concat(reason.Where(letter => !char.IsControl(letter)));
        return new ProtocolException(PeerFault.RefusedByPeer, "handshake", $"the server refused: {printable}");
    }

    private static byte[] Binding(byte[] hello, byte[] welcome) => SHA256.HashData([.. hello, .. welcome.AsSpan(0, 1 + HelloBytes)]);
}
