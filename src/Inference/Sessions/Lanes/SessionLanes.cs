using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Ahead;

namespace Blindsight.Inference.Sessions.Lanes;

/// <summary>
/// A session's further connections to its peer, one for each direction of correlated transfer, on which threads of their own extend
/// while the session's thread does everything else. Owns the channels.
/// </summary>
internal sealed class SessionLanes : IDisposable
{
    private readonly IChannel[] _channels;
    private readonly bool _joins;
    private readonly List<IDisposable> _threads = [];
    private readonly List<Func<ProtocolException?>> _faults = [];
    private Action<long>? _announceServer, _announceClient;
    private PhaseCost _reported;

    /// <param name="fromServer">Lane 0: transfers that the server sends.</param>
    /// <param name="fromClient">Lane 1: transfers that the client sends.</param>
    public SessionLanes(IChannel fromServer, IChannel fromClient) : this([fromServer, fromClient], joins: false) { }

    private SessionLanes(IChannel[] channels, bool joins) => (_channels, _joins) = (channels, joins);

    /// <summary>The client's: opens connections and asks to join the session; the answers are read by the threads.</summary>
    public static SessionLanes Open(Func<IChannel> open, ReadOnlySpan<byte> binding)
    {
        byte[] token = LaneJoin.Token(binding);
        List<IChannel> channels = [];
        try
        {
            for (int lane = 0; lane < LaneJoin.Lanes; lane++)
            {
                channels.Add(open());
                LaneJoin.Send(channels[lane], token, lane);
            }
            return new SessionLanes([.. channels], joins: true);
        }
        catch
        {
            foreach (IChannel channel in channels) channel.Dispose();
            throw;
        }
    }

    /// <summary>What went wrong on a lane, if anything did.</summary>
    public ProtocolException? Fault => _faults.Select(fault => fault()).FirstOrDefault(fault => fault is not null);

    /// <summary>The lane of the transfers that a party sends.</summary>
    public IChannel Of(Role sender) => _channels[sender == Role.Server ? 0 : 1];

    /// <summary>Moves an end to the thread of its lane.</summary>
    /// <param name="main">The session's channel: it is flushed before its thread waits for a lane, as before it waits for a message.</param>
    public AheadOtSender Ahead(Role sender, ICorrelatedOtSender end, IChannel main)
    {
        AheadOtSender ahead = new(NameOf(sender), Of(sender), end, Join(sender), main.Flush);
        Started(sender, ahead, ahead.Announce, () => ahead.Fault);
        return ahead;
    }

    /// <inheritdoc cref="Ahead(Role, ICorrelatedOtSender, IChannel)"/>
    public AheadOtReceiver Ahead(Role sender, ICorrelatedOtReceiver end, IChannel main)
    {
        AheadOtReceiver ahead = new(NameOf(sender), Of(sender), end, Join(sender), main.Flush);
        Started(sender, ahead, ahead.Announce, () => ahead.Fault);
        return ahead;
    }

    /// <summary>Has transfers made that will be asked for next.</summary>
    public void Announce(Transfers transfers)
    {
        _announceServer?.Invoke(transfers.FromServer);
        _announceClient?.Invoke(transfers.FromClient);
    }

    /// <summary>
    /// Traffic since the last call; every byte is in one of them. The lanes run side by side, so rounds are those of the longer chain;
    /// time passes on the session's thread.
    /// </summary>
    public PhaseCost Lap()
    {
        ChannelCounters a = _channels[0].Counters, b = _channels[1].Counters;
        PhaseCost now = new(0, Math.Max(a.Rounds, b.Rounds), a.BytesSent + b.BytesSent, a.BytesReceived + b.BytesReceived);
        PhaseCost spent = new(0, now.Rounds - _reported.Rounds, now.BytesSent - _reported.BytesSent, now.BytesReceived - _reported.BytesReceived);
        _reported = now;
        return spent;
    }

    /// <summary>Breaks all lanes; whoever waits for them fails. From any thread.</summary>
    public void Abort()
    {
        foreach (IChannel channel in _channels) channel.Abort();
    }

    /// <summary>Ends the threads and closes the lanes.</summary>
    public void Dispose()
    {
        foreach (IDisposable thread in _threads) thread.Dispose();
        foreach (IChannel channel in _channels) channel.Dispose();
    }

    private static string NameOf(Role sender) => sender == Role.Server ? "server sends" : "client sends";

    private Action? Join(Role sender) => _joins ? () => LaneJoin.ReceiveAnswer(Of(sender)) : null;

    private void Started(Role sender, IDisposable thread, Action<long> announce, Func<ProtocolException?> fault)
    {
        _threads.Add(thread);
        _faults.Add(fault);
        if (sender == Role.Server) _announceServer = announce;
        else _announceClient = announce;
    }
}
