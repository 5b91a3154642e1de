using Blindsight.Arithmetic;

namespace Blindsight.Mpc.Channels;

/// <summary>Limits of one end of a channel.</summary>
public sealed record ChannelOptions
{
    public static ChannelOptions Default { get; } = new();

    /// <summary>
    /// The longest wait without a byte of progress, in either direction. Covers the peer's longest computation between two
    /// messages.
    /// </summary>
    public int TimeoutMs { get; init; } = 120_000;

    /// <summary>
    /// Own data that may wait for the peer to read it. Above it <see cref="IChannel.Send"/> blocks until the link
    /// catches up, so two parties that both exceed it at once time out; protocols keep their windows below.
    /// </summary>
    public long MaximumQueuedBytes { get; init; } = 256L << 20;

    /// <summary>The longest wait without progress for the peer to take queued data when the channel is disposed.</summary>
    public int LingerMs { get; init; } = 10_000;

    internal ChannelOptions Checked()
    {
        if (TimeoutMs <= 0) throw new ParameterException($"A channel's timeout is {TimeoutMs} ms; it must be positive.");
        if (LingerMs < 0) throw new ParameterException($"A channel's linger time is {LingerMs} ms; it cannot be negative.");
        if (MaximumQueuedBytes < OutgoingQueue.ChunkBytes)
            throw new ParameterException(
                $"A channel may queue {MaximumQueuedBytes} bytes; it needs at least {OutgoingQueue.ChunkBytes}.");
        return this;
    }
}
