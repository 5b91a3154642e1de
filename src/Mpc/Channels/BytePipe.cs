namespace Blindsight.Mpc.Channels;

/// <summary>One direction of an in-memory link: a bounded ring of bytes between a writer's and a reader's thread.</summary>
internal sealed class BytePipe
{
    private const int Capacity = 256 * 1024;

    private readonly object _gate = new();
    private readonly byte[] _ring = GC.AllocateUninitializedArray<byte>(Capacity);
    private int _head;
    private int _count;
    private bool _completed;
    private bool _broken;

    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            ThrowIfBroken();
            return Put(bytes);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, int timeoutMs)
    {
        lock (_gate)
        {
            while (true)
            {
                ThrowIfBroken();
                bytes = bytes[Put(bytes)..];
                if (bytes.IsEmpty) return;
                Wait(timeoutMs);
            }
        }
    }

    public int Read(Span<byte> destination, int timeoutMs)
    {
        if (destination.IsEmpty) throw new ArgumentException("Nothing to read into.", nameof(destination));
        lock (_gate)
        {
            while (_count == 0)
            {
                ThrowIfBroken();
                if (_completed) return 0;
                Wait(timeoutMs);
            }
            return Take(destination);
        }
    }

    /// <summary>No more will be written; the reader may finish.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Nobody will read any more, or the link is aborted: waiting and further calls fail.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _broken = true;
            _count = 0;
            Monitor.PulseAll(_gate);
        }
    }

    private int Put(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, Capacity - _count);
        int tail = (_head + _count) % Capacity;
        int first = Math.Min(count, Capacity - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..count].CopyTo(_ring);
        _count += count;
        if (count > 0) Monitor.PulseAll(_gate);
        return count;
    }

    private int Take(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, _count);
        int first = Math.Min(count, Capacity - _head);
        _ring.AsSpan(_head, first).CopyTo(destination);
        _ring.AsSpan(0, count - first).CopyTo(destination[first..]);
        _head = (_head + count) % Capacity;
        _count -= count;
        Monitor.PulseAll(_gate);
        return count;
    }

    private void Wait(int timeoutMs)
    {
        if (!Monitor.Wait(_gate, timeoutMs)) throw new TimeoutException();
    }

    private void ThrowIfBroken()
    {
        if (_broken) throw new IOException("The in-memory link is broken.");
    }
}
