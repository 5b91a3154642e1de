namespace Blindsight.Mpc.Channels;

/// <summary>
/// One party's end of an ordered, reliable link to one peer. Messages are frames with a tag that both sides must agree
/// on and a length that the receiver knows beforehand; anything else is the peer's fault and ends the session.
/// Synchronous: a protocol runs on a thread of its own. Not thread-safe; one protocol at a time.
/// </summary>
/// <remarks>
/// <see cref="Send"/> only queues: it never waits for the peer to read, so that two parties may send at the same time
/// without a deadlock, and small messages of one step travel together. Whatever is queued is on its way before
/// <see cref="Receive"/> waits.
/// </remarks>
public interface IChannel : IDisposable
{
    /// <summary>Queues one message. The payload is copied before the call returns.</summary>
    void Send(ushort tag, ReadOnlySpan<byte> payload);

    /// <summary>Waits for the next message, which must carry <paramref name="tag"/> and exactly fill the destination.</summary>
    /// <exception cref="ProtocolException">Wrong tag or length, closed or timed out; the channel is then unusable.</exception>
    void Receive(ushort tag, Span<byte> destination);

    /// <summary>
    /// Waits for the next message of at most <paramref name="maximumBytes"/>; for the few messages whose length the
    /// receiver cannot know (handshake, error text).
    /// </summary>
    /// <exception cref="ProtocolException">As for <see cref="Receive"/>, or longer than the maximum.</exception>
    byte[] ReceiveUpTo(ushort tag, int maximumBytes);

    /// <summary>Hands everything queued to the operating system's care without waiting for the peer to read it.</summary>
    void Flush();

    /// <summary>Breaks the link: whoever waits on this channel, and every later call, fails. May be called from any thread.</summary>
    void Abort();

    /// <summary>What has passed through so far.</summary>
    ChannelCounters Counters { get; }
}
