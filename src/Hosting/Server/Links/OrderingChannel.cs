using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Server.Links;

/// <summary>
/// The work channel at the first server. An order is not waited for: what is sent behind it travels with it, and its answer is taken before anything
/// else is received.
/// </summary>
internal sealed class OrderingChannel(IChannel peer) : IChannel
{
    private OrderKind _unanswered = OrderKind.Idle;

    public ChannelCounters Counters => peer.Counters;

    public void Order(PeerOrder order)
    {
        Await();
        order.Send(peer);
        _unanswered = order.Kind;
    }

    /// <summary>Waits for the answer to the last order, unless it is there.</summary>
    /// <exception cref="ProtocolException">The second server cannot do what was ordered.</exception>
    public void Await()
    {
        OrderKind kind = _unanswered;
        _unanswered = OrderKind.Idle;
        if (kind != OrderKind.Idle) PeerOrder.AwaitAnswer(peer, kind);
    }

    public void Send(ushort tag, ReadOnlySpan<byte> payload) => peer.Send(tag, payload);

    public void Receive(ushort tag, Span<byte> destination)
    {
        Await();
        peer.Receive(tag, destination);
    }

    public byte[] ReceiveUpTo(ushort tag, int maximumBytes)
    {
        Await();
        return peer.ReceiveUpTo(tag, maximumBytes);
    }

    public void Flush() => peer.Flush();

    public void Abort() => peer.Abort();

    public void Dispose()
    {
        // The channel is the link's.
    }
}
