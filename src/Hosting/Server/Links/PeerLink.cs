using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Server.Links;

/// <summary>
/// The link between the servers: two connections, one for orders and protocols, one for notices, which the second server makes, and makes again whenever
/// one breaks. A new connection of a purpose takes the old one's place.
/// </summary>
internal sealed class PeerLink(ServerNode node, LinkProfile link, ConnectionSecurity security, Workers workers) : IDisposable
{
    private const int ConnectMs = 1000, RetryMs = 200, NoticeMs = 1000;

    /// <summary>The longest computation between two messages is of seconds, for the largest networks; notices come every second.</summary>
    private static readonly ChannelOptions Work = ChannelOptions.Default with { TimeoutMs = 60_000 };

    private static readonly ChannelOptions Notices = ChannelOptions.Default with { TimeoutMs = 10_000 };

    private readonly Dictionary<LinkPurpose, FramedChannel> _channels = [];
    private string _lastState = "";

    /// <summary>The first server's side: accepts until cancelled.</summary>
    public void Accept(TcpChannelListener listener, CancellationToken cancellation)
    {
        Entrance entrance = new(listener, link, Work);
        entrance.Refused += (fault, words) => node.Tell(new ServerReport.Refused($"{fault}", words));
        entrance.Run(visitor =>
        {
            if (!visitor.Peer.MayBe(ServerRole.Second.Part()))
            {
                string words = $"the certificate of {visitor.Peer.Name} is not for {ServerRole.Second.Part()}";
                using (visitor.Channel) visitor.Channel.Refuse(PeerFault.WrongName, words);
                node.Tell(new ServerReport.Refused($"{PeerFault.WrongName}", words));
            }
            else if (Greeted(visitor.Channel) is { } purpose) workers.Start("link", () => Serve(visitor.Channel, purpose, cancellation));
        }, cancellation);
    }

    /// <summary>The second server's side: keeps both connections up until cancelled.</summary>
    public void Connect(string address, CancellationToken cancellation)
    {
        foreach (LinkPurpose purpose in Enum.GetValues<LinkPurpose>())
            workers.Start($"link {purpose}", () =>
            {
                while (!cancellation.IsCancellationRequested)
                {
                    if (Dial(address, purpose, cancellation) is { } channel) Serve(channel, purpose, cancellation);
                    cancellation.WaitHandle.WaitOne(RetryMs);
                }
            });
    }

    public void Dispose()
    {
        lock (_channels)
        {
            foreach (FramedChannel channel in _channels.Values) channel.Abort();
            _channels.Clear();
        }
    }

    /// <summary>Exchanges greetings at the first server; null where nothing comes of it.</summary>
    private LinkPurpose? Greeted(FramedChannel channel)
    {
        try
        {
            PeerGreeting theirs = PeerGreeting.Receive(channel), mine = node.Greeting(theirs.Purpose);
            mine.Send(channel);
            channel.Flush();
            return Agreed(mine, theirs) ? theirs.Purpose : Close(channel);
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            return Close(channel);
        }
    }

    private FramedChannel? Dial(string address, LinkPurpose purpose, CancellationToken cancellation)
    {
        FramedChannel? channel = null;
        try
        {
            channel = TcpTransport.Connect(address, security, link, ConnectMs, purpose == LinkPurpose.Work ? Work : Notices, ServerRole.First.Part(),
                cancellation);
            PeerGreeting mine = node.Greeting(purpose);
            mine.Send(channel);
            PeerGreeting theirs = PeerGreeting.Receive(channel);
            if (Agreed(mine, theirs)) return channel;
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            Say($"down: {fault.Message}");
        }
        channel?.Dispose();
        return null;
    }

    /// <summary>Whether the servers belong together; where not, both end what waits and refuse what comes, by that name.</summary>
    private bool Agreed(PeerGreeting mine, PeerGreeting theirs)
    {
        try
        {
            mine.Check(theirs);
        }
        catch (QueryFaultException fault)
        {
            // A stranger must not disturb servers that have found each other.
            if (node.Peer is null) node.Desk.Close(fault.Fault, fault.Message);
            Say($"refused, {fault.Fault}: {fault.Message}");
            return false;
        }
        node.Desk.Reopen();
        node.PeerClientAddress = theirs.ClientAddress.Length > 0 ? theirs.ClientAddress : null;
        return true;
    }

    private static LinkPurpose? Close(FramedChannel channel)
    {
        channel.Dispose();
        return null;
    }

    private void Serve(FramedChannel channel, LinkPurpose purpose, CancellationToken cancellation)
    {
        lock (_channels)
        {
            if (_channels.TryGetValue(purpose, out FramedChannel? old)) old.Abort();
            _channels[purpose] = channel;
        }
        using CancellationTokenRegistration _ = cancellation.UnsafeRegister(_ => channel.Abort(), null);
        try
        {
            if (purpose == LinkPurpose.Notices) Exchange(channel, cancellation);
            else
            {
                Say("up");
                if (node.Share.Role == ServerRole.First) Leader.Run(node, channel, cancellation);
                else Follower.Run(node, channel, cancellation);
            }
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            if (!cancellation.IsCancellationRequested && purpose == LinkPurpose.Work) Say($"down: {fault.Message}");
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            // Whatever ends the work on a link ends the link alone.
            Say($"down: {defect.GetType().Name}");
        }
        finally
        {
            lock (_channels)
            {
                if (_channels.GetValueOrDefault(purpose) == channel)
                {
                    _channels.Remove(purpose);
                    if (purpose == LinkPurpose.Notices) node.Peer = null;
                }
            }
            channel.Abort();
            channel.Dispose();
        }
    }

    /// <summary>Tells what this server holds and hears what the other does: whenever it changes at the second server, and every second.</summary>
    private void Exchange(FramedChannel channel, CancellationToken cancellation)
    {
        AutoResetEvent changed = node.Holdings.Subscribe();
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (node.Share.Role == ServerRole.First)
                {
                    Hear(channel);
                    node.Notice.Send(channel);
                    channel.Flush();
                }
                else
                {
                    node.Notice.Send(channel);
                    Hear(channel);
                    changed.WaitOne(NoticeMs);
                }
            }
        }
        finally
        {
            node.Holdings.Unsubscribe(changed);
        }
    }

    private void Hear(FramedChannel channel)
    {
        node.Peer = PeerNotice.Receive(channel);
        // A stranger may have closed the desk between the greeting and the first notice.
        node.Desk.Reopen();
    }

    private void Say(string state)
    {
        lock (_channels)
        {
            if (state == _lastState) return;
            _lastState = state;
        }
        node.Tell(new ServerReport.Link("other server", state));
    }
}
