namespace Blindsight.Mpc.Channels;

/// <summary>Exact reads from a link: short ones through a buffer, so that a header and its payload cost one read.</summary>
internal sealed class IncomingBuffer(IByteLink link)
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(64 * 1024);
    private int _start;
    private int _end;

    /// <summary>Fills the destination, waiting for each byte at most <paramref name="timeoutMs"/>.</summary>
    /// <exception cref="EndOfStreamException">The peer closed its end before.</exception>
    public void ReadExactly(Span<byte> destination, int timeoutMs)
    {
        while (!destination.IsEmpty)
        {
            int count;
            if (_start == _end && destination.Length >= _buffer.Length)
            {
                count = NonZero(link.Read(destination, timeoutMs));
            }
            else
            {
                if (_start == _end) Refill(timeoutMs);
                count = Math.Min(destination.Length, _end - _start);
                _buffer.AsSpan(_start, count).CopyTo(destination);
                _start += count;
            }
            destination = destination[count..];
        }
    }

    private void Refill(int timeoutMs)
    {
        _start = _end = 0;
        _end = NonZero(link.Read(_buffer, timeoutMs));
    }

    private static int NonZero(int count) => count > 0 ? count : throw new EndOfStreamException();
}
