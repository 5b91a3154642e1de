namespace Blindsight.Mpc.Channels;

/// <summary>
/// An ordered, reliable stream of bytes to one peer: what a <see cref="FramedChannel"/> puts frames on. One thread may
/// write while another reads; <see cref="Abort"/> may be called from any thread.
/// </summary>
/// <remarks>
/// A wait that exceeds its timeout throws <see cref="TimeoutException"/>; a broken or aborted link throws
/// <see cref="IOException"/>. Disposal delivers what was written as far as the peer takes it, and closes.
/// </remarks>
public interface IByteLink : IDisposable
{
    /// <summary>Writes as much of the front of <paramref name="bytes"/> as fits without waiting; returns how much, maybe nothing.</summary>
    int TryWrite(ReadOnlySpan<byte> bytes);

    /// <summary>Writes everything, waiting for space at most <paramref name="timeoutMs"/> at a time.</summary>
    void Write(ReadOnlySpan<byte> bytes, int timeoutMs);

    /// <summary>Waits for at least one byte and reads what is there; 0 once the peer has closed its end.</summary>
    int Read(Span<byte> destination, int timeoutMs);

    /// <summary>Breaks the link at once and wakes whoever waits on it.</summary>
    void Abort();
}
