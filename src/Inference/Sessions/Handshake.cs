using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// The first exchange of a session. The client says hello with its protocol version, the hash of the plan that it expects (or
/// zeros: then the server sends its plan, which is public), the lanes that it would open and a nonce; the server answers with
/// its own, the lanes that it grants and the rows that it holds material for at a time, or with the reason of a refusal. Nothing
/// secret travels. The session's binding is a hash of all of it.
/// </summary>
internal static class Handshake
{
    public const ushort ProtocolVersion = 2;
    public const int PlanBytesMax = 64 << 20;

    private const int NonceBytes = 16, HashBytes = 32, TextBytesMax = 512;

    /// <summary>Where the fields of a greeting begin: magic (4), version (2), lanes (1), rows (4; the server's), hash (32), nonce (16).</summary>
    private const int VersionAt = 4, LanesAt = 6, RowsAt = 7, HashAt = 11, NonceAt = HashAt + HashBytes, HelloBytes = NonceAt + NonceBytes;

    private static ReadOnlySpan<byte> Magic => "BLND"u8;

    /// <summary>The client's half.</summary>
    /// <param name="expected">The plan that the client insists on, or null to take the server's.</param>
    /// <param name="wantsLanes">Whether this party would open lanes.</param>
    public static Agreement Client(IChannel channel, InferencePlan? expected, bool wantsLanes)
    {
        byte[] hello = new byte[HelloBytes];
        Magic.CopyTo(hello);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(VersionAt), ProtocolVersion);
        hello[LanesAt] = LanesOf(wantsLanes);
        if (expected is not null) PlanSerializer.Hash(expected).CopyTo(hello.AsSpan(HashAt));
        RandomNumberGenerator.Fill(hello.AsSpan(NonceAt));
        channel.Send(MessageTag.Hello, hello);

        byte[] welcome = channel.ReceiveUpTo(MessageTag.Welcome, 1 + HelloBytes + TextBytesMax);
        if (welcome.Length < 1 + HelloBytes || !welcome.AsSpan(1, 4).SequenceEqual(Magic))
            throw new ProtocolException(PeerFault.MalformedMessage, "handshake", "the peer is not a Blindsight server");
        if (welcome[0] != 0) throw Refused(welcome);
        byte granted = welcome[1 + LanesAt];
        if (granted != 0 && granted != hello[LanesAt])
            throw new ProtocolException(PeerFault.MalformedMessage, "handshake", $"the server grants {granted} lanes of {hello[LanesAt]}");
        int rowsMax = BinaryPrimitives.ReadInt32LittleEndian(welcome.AsSpan(1 + RowsAt));
        if (rowsMax < 1) throw new ProtocolException(PeerFault.MalformedMessage, "handshake", $"the server holds material for {rowsMax} rows");
        byte[] hash = welcome[(1 + HashAt)..(1 + NonceAt)];
        InferencePlan plan = expected ?? ReceivePlan(channel, hash);
        if (expected is not null && !hash.AsSpan().SequenceEqual(hello.AsSpan(HashAt, HashBytes)))
            throw new ProtocolException(PeerFault.PlanMismatch, "handshake", "the server holds another plan");
        return new Agreement(plan, Binding(hello, welcome), granted != 0, rowsMax);
    }

    /// <summary>The server's half.</summary>
    /// <param name="offers">What is served; the first is for clients that insist on no plan.</param>
    /// <returns>Which offer the client takes, and the session's binding.</returns>
    public static (int Chosen, byte[] Binding) Server(IChannel channel, IReadOnlyList<Offer> offers)
    {
        byte[] hello = new byte[HelloBytes];
        channel.Receive(MessageTag.Hello, hello);
        byte[] welcome = new byte[1 + HelloBytes];
        Magic.CopyTo(welcome.AsSpan(1));
        BinaryPrimitives.WriteUInt16LittleEndian(welcome.AsSpan(1 + VersionAt), ProtocolVersion);
        RandomNumberGenerator.Fill(welcome.AsSpan(1 + NonceAt));
        byte[] theirs = hello[HashAt..NonceAt];
        bool wantsPlan = !theirs.AsSpan().ContainsAnyExcept((byte)0);
        if (!hello.AsSpan(0, 4).SequenceEqual(Magic))
            throw Refuse(channel, welcome, PeerFault.MalformedMessage, "the peer is not a Blindsight client");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(hello.AsSpan(VersionAt));
        if (version != ProtocolVersion)
            throw Refuse(channel, welcome, PeerFault.VersionMismatch,
                $"the client speaks protocol version {version}, this server version {ProtocolVersion}");
        int chosen = wantsPlan ? 0 : offers.ToList().FindIndex(offer => PlanSerializer.Hash(offer.Plan).AsSpan().SequenceEqual(theirs));
        if (chosen < 0) throw Refuse(channel, welcome, PeerFault.PlanMismatch, "the client expects another plan than this server's");
        (InferencePlan plan, int preparedRowsMax, Action<byte[]>? expectLanes) = offers[chosen];
        PlanSerializer.Hash(plan).CopyTo(welcome.AsSpan(1 + HashAt));
        if (hello[LanesAt] != LanesOf(false) && hello[LanesAt] != LanesOf(true))
            throw Refuse(channel, welcome, PeerFault.MalformedMessage, $"the client asks for {hello[LanesAt]} lanes");
        BinaryPrimitives.WriteInt32LittleEndian(welcome.AsSpan(1 + RowsAt), preparedRowsMax);
        welcome[1 + LanesAt] = expectLanes is null ? LanesOf(false) : hello[LanesAt];
        byte[] binding = Binding(hello, welcome);
        if (welcome[1 + LanesAt] != 0) expectLanes!(binding);
        channel.Send(MessageTag.Welcome, welcome);
        if (wantsPlan) channel.Send(MessageTag.Plan, PlanSerializer.Serialize(plan));
        return (chosen, binding);
    }

    /// <summary>A model that a server offers.</summary>
    /// <param name="PreparedRowsMax">Rows prepared and unused that this party holds for a client.</param>
    /// <param name="ExpectLanes">Called with the binding before the client hears of it, where lanes are granted; null where none are.</param>
    internal sealed record Offer(InferencePlan Plan, int PreparedRowsMax, Action<byte[]>? ExpectLanes);

    /// <summary>Both halves, where the client brings the plan.</summary>
    public static void Run(Script script)
    {
        script.Does(Role.Client, Work.Handshake);
        script.Message(Role.Client, HelloBytes);
        script.Does(Role.Server, Work.Handshake);
        script.Message(Role.Server, 1 + HelloBytes);
    }

    private static InferencePlan ReceivePlan(IChannel channel, byte[] hash)
    {
        byte[] bytes = channel.ReceiveUpTo(MessageTag.Plan, PlanBytesMax);
        try
        {
            InferencePlan plan = PlanSerializer.Deserialize(bytes);
            if (plan.Deployment != DeploymentKinds.ClientServer) throw new ParameterException($"it is for the deployment {plan.Deployment}");
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
        welcome.AsSpan(1 + LanesAt).Clear();
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

    /// <summary>What the client learns: plan and binding of the session, whether the server expects lanes, and how many rows may lie prepared.</summary>
    internal sealed record Agreement(InferencePlan Plan, byte[] Binding, bool Lanes, int PreparedRowsMax);

    private static byte LanesOf(bool wanted) => wanted ? (byte)LaneJoin.Lanes : (byte)0;

    private static byte[] Binding(byte[] hello, byte[] welcome) => SHA256.HashData([.. hello, .. welcome.AsSpan(0, 1 + HelloBytes)]);
}
