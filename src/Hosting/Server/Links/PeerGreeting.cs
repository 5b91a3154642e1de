using System.Security.Cryptography;
using System.Text;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Server.Links;

/// <summary>What a connection between the servers is for.</summary>
internal enum LinkPurpose : byte
{
    /// <summary>Orders of the first server, and the protocols.</summary>
    Work = 1,
    /// <summary>What each server holds.</summary>
    Notices = 2,
}

/// <summary>
/// The first message each way of a connection between the servers: a byte of version, the party's letter, the purpose, SHA-256 of the plan, the split, and
/// the address at which the party waits for clients. Both servers compare, and both find the same fault.
/// </summary>
internal sealed record PeerGreeting(ServerRole Role, LinkPurpose Purpose, byte[] PlanHash, byte[] Split, string ClientAddress)
{
    private const byte Version = 1;
    private const int AddressBytesMax = 200, SplitBytes = 16, PlanAt = 3, SplitAt = PlanAt + SHA256.HashSizeInBytes, AddressAt = SplitAt + SplitBytes;

    public void Send(IChannel peer) => peer.Send(TwoServersTag.PeerHello,
        [Version, (byte)Role.Letter(), (byte)Purpose, .. PlanHash, .. Split, .. Encoding.ASCII.GetBytes(ClientAddress)]);

    /// <exception cref="ProtocolException">Another version, or malformed.</exception>
    public static PeerGreeting Receive(IChannel peer)
    {
        byte[] message = peer.ReceiveUpTo(TwoServersTag.PeerHello, AddressAt + AddressBytesMax);
        if (message.Length < AddressAt) throw Malformed("it is too short");
        if (message[0] != Version)
            throw new ProtocolException(PeerFault.VersionMismatch, "the other server's greeting", $"it has version {message[0]}, this server {Version}");
        if (message[1] != 'a' && message[1] != 'b' || !Enum.IsDefined((LinkPurpose)message[2])) throw Malformed("it names no party or purpose");
        if (message.AsSpan(AddressAt).ContainsAnyExceptInRange((byte)'!', (byte)'~')) throw Malformed("its address has other characters than an address");
        return new(message[1] == 'a' ? ServerRole.First : ServerRole.Second, (LinkPurpose)message[2], message[PlanAt..SplitAt], message[SplitAt..AddressAt],
            Encoding.ASCII.GetString(message.AsSpan(AddressAt)));
    }

    /// <summary>Refuses a server that cannot be this one's other half.</summary>
    /// <exception cref="QueryFaultException">It holds another plan, a share of another split, or the same party's.</exception>
    public void Check(PeerGreeting theirs)
    {
        if (!PlanHash.AsSpan().SequenceEqual(theirs.PlanHash))
            throw new QueryFaultException(QueryFault.PlanMismatch, "the two servers hold different plans");
        if (!Split.AsSpan().SequenceEqual(theirs.Split))
            throw new QueryFaultException(QueryFault.SplitMismatch, "the two servers hold shares of different splits of the model");
        if (Role == theirs.Role)
            throw new QueryFaultException(QueryFault.SplitMismatch, $"both servers are party {Role.Letter()}");
    }

    private static ProtocolException Malformed(string what) => new(PeerFault.MalformedMessage, "the other server's greeting", what);
}
