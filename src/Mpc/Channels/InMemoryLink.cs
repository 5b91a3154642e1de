namespace Blindsight.Mpc.Channels;

/// <summary>A byte link within one process, with room for 256 KiB in each direction.</summary>
public sealed class InMemoryLink : IByteLink
{
    private readonly BytePipe _outgoing;
    private readonly BytePipe _incoming;

    private InMemoryLink(BytePipe outgoing, BytePipe incoming)
    {
        _outgoing = outgoing;
        _incoming = incoming;
    }

    /// <summary>The two ends of one link.</summary>
    public static (InMemoryLink First, InMemoryLink Second) CreatePair()
    {
        BytePipe forward = new(), backward = new();
        return (new InMemoryLink(forward, backward), new InMemoryLink(backward, forward));
    }

    /// <inheritdoc/>
    public int TryWrite(ReadOnlySpan<byte> bytes) => _outgoing.TryWrite(bytes);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, int timeoutMs) => _outgoing.Write(bytes, timeoutMs);

    /// <inheritdoc/>
    public int Read(Span<byte> destination, int timeoutMs) => _incoming.Read(destination, timeoutMs);

    /// <inheritdoc/>
    public void Abort()
    {
        _outgoing.Break();
        _incoming.Break();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _outgoing.Complete();
        _incoming.Break();
    }
}
