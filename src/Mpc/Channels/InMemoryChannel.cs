namespace Blindsight.Mpc.Channels;

/// <summary>Two channels joined within one process, for tests and local demonstrations.</summary>
public static class InMemoryChannel
{
    /// <summary>The two ends of one link; each belongs to one party's thread.</summary>
    public static (FramedChannel First, FramedChannel Second) CreatePair(
        ChannelOptions? options = null, CancellationToken cancellation = default)
    {
        (IByteLink first, IByteLink second) = InMemoryLink.CreatePair();
        return (new FramedChannel(first, options, cancellation), new FramedChannel(second, options, cancellation));
    }
}
