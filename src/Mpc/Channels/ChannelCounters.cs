namespace Blindsight.Mpc.Channels;

/// <summary>
/// Traffic of one end of a channel. Payload bytes are what protocols declare as their cost; total bytes add
/// <see cref="FrameHeaderBytes"/> a message, and are what passes the socket (before TLS).
/// </summary>
/// <param name="Rounds">
/// The longest chain of messages of which each was sent after the receipt of the one before: a logical clock that
/// travels in the frame header. Consecutive messages in one direction, and simultaneous exchanges, count once.
/// </param>
public readonly record struct ChannelCounters(
    long PayloadSent, long PayloadReceived, long MessagesSent, long MessagesReceived, long Rounds)
{
    /// <summary>Length (4), tag (2), logical clock (2).</summary>
    public const int FrameHeaderBytes = 8;

    public long BytesSent => PayloadSent + FrameHeaderBytes * MessagesSent;
    public long BytesReceived => PayloadReceived + FrameHeaderBytes * MessagesReceived;

    /// <summary>What was added since <paramref name="earlier"/>.</summary>
    public static ChannelCounters operator -(ChannelCounters later, ChannelCounters earlier) => new(
        later.PayloadSent - earlier.PayloadSent, later.PayloadReceived - earlier.PayloadReceived,
        later.MessagesSent - earlier.MessagesSent, later.MessagesReceived - earlier.MessagesReceived,
        later.Rounds - earlier.Rounds);
}
