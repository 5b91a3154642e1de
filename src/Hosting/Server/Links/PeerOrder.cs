using System.Buffers.Binary;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Server.Links;

/// <summary>What the first server has both do next.</summary>
internal enum OrderKind : byte
{
    /// <summary>Nothing: the link is alive.</summary>
    Idle = 0,
    /// <summary>Open the masked weights, under the dealing that is named.</summary>
    Open = 1,
    /// <summary>Take the correlations of that number out of the pool and prepare a query.</summary>
    Prepare = 2,
    /// <summary>Run the query of that identifier with what was prepared under that number.</summary>
    Run = 3,
}

/// <summary>
/// An order of the first server; the second answers each but <see cref="OrderKind.Idle"/> with a byte, and then both begin. What the first server
/// sends besides travels with the order, so that an order costs no round trip.
/// </summary>
/// <param name="Id">A query, or a dealing.</param>
internal readonly record struct PeerOrder(OrderKind Kind, ulong Number, QueryId Id)
{
    private const int Bytes = 1 + sizeof(ulong) + QueryId.Bytes;
    private const byte Agreed = 1, Refused = 0;

    public void Send(IChannel peer)
    {
        Span<byte> message = stackalloc byte[Bytes];
        message[0] = (byte)Kind;
        BinaryPrimitives.WriteUInt64LittleEndian(message[1..], Number);
        Id.Write(message[(1 + sizeof(ulong))..]);
        peer.Send(TwoServersTag.PeerOrder, message);
    }

    /// <exception cref="ProtocolException">No order.</exception>
    public static PeerOrder Receive(IChannel peer)
    {
        Span<byte> message = stackalloc byte[Bytes];
        peer.Receive(TwoServersTag.PeerOrder, message);
        if (!Enum.IsDefined((OrderKind)message[0])) throw new ProtocolException(PeerFault.MalformedMessage, "an order", $"there is no order {message[0]}");
        return new((OrderKind)message[0], BinaryPrimitives.ReadUInt64LittleEndian(message[1..]), QueryId.Read(message[(1 + sizeof(ulong))..]));
    }

    public static void Answer(IChannel peer, bool agreed) => peer.Send(TwoServersTag.PeerAnswer, [agreed ? Agreed : Refused]);

    /// <exception cref="ProtocolException">The second server cannot do what was ordered.</exception>
    public static void AwaitAnswer(IChannel peer, OrderKind kind)
    {
        Span<byte> answer = stackalloc byte[1];
        peer.Receive(TwoServersTag.PeerAnswer, answer);
        if (answer[0] == Agreed) return;
        if (answer[0] == Refused) throw new ProtocolException(PeerFault.RefusedByPeer, $"order to {kind}", "the other server holds nothing to do it with");
        throw new ProtocolException(PeerFault.MalformedMessage, $"order to {kind}", "the answer is none");
    }
}

