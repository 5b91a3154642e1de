using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions.Lanes;

/// <summary>
/// Where a server hands in connections that want to join a session, and its sessions wait for them. One for all sessions of a listener.
/// Thread-safe.
/// </summary>
public sealed class LaneDesk
{
    private const int MessageMs = 10_000;

    private readonly Dictionary<string, LaneTicket> _waiting = [];
    private readonly int _timeoutMs;

    /// <param name="timeoutMs">How long a session waits for its lanes.</param>
    public LaneDesk(int timeoutMs = 30_000) => _timeoutMs = timeoutMs;

    /// <summary>Whether a connection's first message has this tag, and so asks to join a session rather than to open one.</summary>
    public static bool Joins(ushort tag) => tag == Protocols.MessageTag.LaneJoin;

    /// <summary>
    /// Reads a connection's first message, for which it waits at most ten seconds, answers it, and gives the channel to the session that
    /// waits for it. The session then owns it; after an exception it is still the caller's.
    /// </summary>
    /// <exception cref="ProtocolException">
    /// No session waits for it (the token is wrong, used or too late), the lane is there already, or the message is malformed.
    /// </exception>
    public void Deliver(IChannel channel)
    {
        (byte[] token, int lane) = Receive(channel);
        LaneTicket? ticket;
        lock (_waiting) ticket = _waiting.GetValueOrDefault(Convert.ToHexString(token));
        LaneAnswer answer = ticket?.Reserve(lane) ?? LaneAnswer.UnknownToken;
        LaneJoin.Answer(channel, answer);
        if (answer != LaneAnswer.Joined) throw LaneJoin.Refusal(answer);
        if (!ticket!.Arrive(lane, channel)) throw LaneJoin.Refusal(LaneAnswer.UnknownToken);
    }

    /// <summary>Breaks a channel that is too slow; not later, when it is the session's.</summary>
    private static (byte[] Token, int Lane) Receive(IChannel channel)
    {
        using CancellationTokenSource patience = new(MessageMs);
        using CancellationTokenRegistration registration = patience.Token.Register(channel.Abort);
        try
        {
            return LaneJoin.Receive(channel);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw LaneJoin.TooSlow(MessageMs);
        }
    }

    /// <summary>Starts to wait for the lanes of a session.</summary>
    internal LaneTicket Expect(ReadOnlySpan<byte> binding)
    {
        string token = Convert.ToHexString(LaneJoin.Token(binding));
        LaneTicket ticket = new(_timeoutMs, Forget);
        lock (_waiting) _waiting.Add(token, ticket);
        return ticket;

        void Forget()
        {
            lock (_waiting) _waiting.Remove(token);
        }
    }
}
