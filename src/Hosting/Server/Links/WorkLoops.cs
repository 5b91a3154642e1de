using Blindsight.Hosting.Client;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Server.Links;

/// <summary>The first server's side of a work link: decides what both do next, until the link breaks.</summary>
internal static class Leader
{
    private const int IdleMs = 1000;

    /// <exception cref="ProtocolException">The link broke, or the other server misbehaved.</exception>
    /// <exception cref="OperationCanceledException">The link was replaced, or the server is being stopped.</exception>
    public static void Run(ServerNode node, FramedChannel channel, CancellationToken cancellation)
    {
        OrderingChannel peer = new(channel);
        using QueryRunner runner = new(node, peer);
        AutoResetEvent changed = node.Anything.Subscribe();
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (Next(node, runner, peer)) continue;
                if (!changed.WaitOne(IdleMs)) peer.Order(new PeerOrder(OrderKind.Idle, 0, default));
                peer.Flush();
            }
        }
        finally
        {
            node.Anything.Unsubscribe(changed);
        }
    }

    /// <summary>Does one thing, where there is something to do that the other server is known to hold its part of.</summary>
    private static bool Next(ServerNode node, QueryRunner runner, OrderingChannel peer)
    {
        if (node.Peer is not { } other || node.Current is not { } dealing || !other.Dealing.AsSpan().SequenceEqual(dealing.Id)) return false;
        if (!runner.Ready() || !runner.HasOpened && (node.Joint is not null || !other.Opened))
        {
            peer.Order(new PeerOrder(OrderKind.Open, 0, QueryId.Read(dealing.Id)));
            peer.Await();
            runner.Open(dealing);
            return true;
        }
        if (runner.PreparedNumber == 0)
        {
            ulong number = node.Stock is { } stock ? stock.Available.FirstOrDefault(other.Numbers.Contains) : ++node.LastMade;
            if (number == 0) return false;
            peer.Order(new PeerOrder(OrderKind.Prepare, number, default));
            peer.Await();
            runner.Prepare(number, runner.Source(number));
            return true;
        }
        if (!node.Gate.IsSet) return false;
        foreach (QueryId id in node.Desk.Waiting)
        {
            if (!other.Queries.Contains(id) || node.Desk.Start(id) is not { } upload) continue;
            PeerOrder order = new(OrderKind.Run, runner.PreparedNumber, id);
            runner.Run(id, upload, () => peer.Order(order));
            return true;
        }
        return false;
    }
}

/// <summary>The second server's side of a work link: does what the first orders, until the link breaks.</summary>
internal static class Follower
{
    /// <inheritdoc cref="Leader.Run"/>
    public static void Run(ServerNode node, FramedChannel channel, CancellationToken cancellation)
    {
        using QueryRunner runner = new(node, channel);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            PeerOrder order = PeerOrder.Receive(channel);
            switch (order.Kind)
            {
                case OrderKind.Open:
                    Dealing.Dealing? dealing = node.Current;
                    Answer(channel, order.Kind, dealing is not null && QueryId.Read(dealing.Id) == order.Id);
                    runner.Open(dealing!);
                    break;
                case OrderKind.Prepare:
                    bool ready = runner.Ready();
                    Func<ICorrelationSource>? source = ready ? Source(runner, order.Number) : null;
                    Answer(channel, order.Kind, source is not null);
                    runner.Prepare(order.Number, source!);
                    break;
                case OrderKind.Run:
                    QueryUpload? upload = runner.PreparedNumber == order.Number && order.Number != 0 ? node.Desk.Start(order.Id) : null;
                    if (upload is null) Answer(channel, order.Kind, agreed: false);
                    else runner.Run(order.Id, upload, () => Answer(channel, order.Kind, agreed: true));
                    break;
            }
        }
    }

    /// <summary>Answers an order, and ends the link where it cannot be done: the first server may have sent the query's messages already.</summary>
    private static void Answer(IChannel peer, OrderKind kind, bool agreed)
    {
        PeerOrder.Answer(peer, agreed);
        if (agreed) return;
        peer.Flush();
        throw new ProtocolException(PeerFault.UnexpectedMessage, $"order to {kind}", "nothing is here to do it with");
    }

    private static Func<ICorrelationSource>? Source(QueryRunner runner, ulong number)
    {
        try
        {
            return runner.Source(number);
        }
        catch (ProtocolException)
        {
            return null;
        }
    }
}
