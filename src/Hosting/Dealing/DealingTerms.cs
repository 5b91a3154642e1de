using System.Security.Cryptography;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Hosting.Dealing;

/// <summary>
/// What a server tells a dealer when it connects: a byte of version, its party's letter, SHA-256 of the plan, and the split whose weights the masks shall
/// belong to.
/// </summary>
internal sealed record DealerHello(ServerRole Role, byte[] PlanHash, byte[] Split)
{
    private const byte Version = 1;
    private const int SplitBytes = 16, PlanAt = 2, SplitAt = PlanAt + SHA256.HashSizeInBytes, Bytes = SplitAt + SplitBytes;

    public void Send(IChannel dealer) =>
        dealer.Send(TwoServersTag.DealerHello, [Version, (byte)Role.Letter(), .. PlanHash, .. Split]);

    /// <exception cref="ProtocolException">Another version, or no party.</exception>
    public static DealerHello Receive(IChannel server)
    {
        byte[] message = new byte[Bytes];
        server.Receive(TwoServersTag.DealerHello, message);
        if (message[0] != Version)
            throw new ProtocolException(PeerFault.VersionMismatch, "a server's greeting", $"it has version {message[0]}, this dealer {Version}");
        if (message[1] != 'a' && message[1] != 'b') throw new ProtocolException(PeerFault.MalformedMessage, "a server's greeting", "it names no party");
        return new(message[1] == 'a' ? ServerRole.First : ServerRole.Second, message[PlanAt..SplitAt], message[SplitAt..]);
    }
}

/// <summary>What a server that is not being dealt to tells the dealer, at least every second: whether it wants to be.</summary>
internal static class DealerAsk
{
    public const int EveryMs = 1000;

    public static void Send(IChannel dealer, bool wants)
    {
        dealer.Send(TwoServersTag.DealerAsk, [wants ? (byte)1 : (byte)0]);
        dealer.Flush();
    }

    /// <exception cref="ProtocolException">Neither.</exception>
    public static bool Receive(IChannel server)
    {
        Span<byte> message = stackalloc byte[1];
        server.Receive(TwoServersTag.DealerAsk, message);
        return message[0] <= 1 ? message[0] == 1
            : throw new ProtocolException(PeerFault.MalformedMessage, "a server's wish", $"{message[0]} is neither yes nor no");
    }
}

/// <summary>
/// A dealer's answer: what it will deal under. A dealing is a pair of mask seeds for one split of a model; a dealer that is started again begins another,
/// and what was dealt before goes with the masks before.
/// </summary>
/// <param name="Id">16 random bytes, the same at both servers.</param>
/// <param name="MaskSeed">From which the server expands its share of the weights' masks.</param>
internal sealed record Dealing(byte[] Id, byte[] MaskSeed)
{
    public const int IdBytes = 16;

    private const byte Welcome = 0, OtherPlan = 1, Full = 2;
    private const int Bytes = 1 + IdBytes + DealtStream.SeedBytes;

    /// <summary>Of servers that make their correlations themselves: no mask belongs to it, and no dealer draws it.</summary>
    public static Dealing None { get; } = new(new byte[IdBytes], new byte[DealtStream.SeedBytes]);

    public static Dealing Draw() => new(RandomNumberGenerator.GetBytes(IdBytes), RandomNumberGenerator.GetBytes(DealtStream.SeedBytes));

    public void Send(IChannel server) => server.Send(TwoServersTag.DealerWelcome, [Welcome, .. Id, .. MaskSeed]);

    /// <summary>Tells a server why nothing will be dealt.</summary>
    public static void Refuse(IChannel server, PeerFault fault)
    {
        byte[] message = new byte[Bytes];
        message[0] = fault == PeerFault.PlanMismatch ? OtherPlan : Full;
        server.Send(TwoServersTag.DealerWelcome, message);
    }

    /// <exception cref="ProtocolException">The dealer refuses.</exception>
    public static Dealing Receive(IChannel dealer)
    {
        byte[] message = new byte[Bytes];
        dealer.Receive(TwoServersTag.DealerWelcome, message);
        return message[0] switch
        {
            Welcome => new(message[1..(1 + IdBytes)], message[(1 + IdBytes)..]),
            OtherPlan => throw new ProtocolException(PeerFault.PlanMismatch, "the dealer's answer", "the dealer deals for another plan"),
            _ => throw new ProtocolException(PeerFault.LimitExceeded, "the dealer's answer", "the dealer deals for as many models as it can"),
        };
    }
}
