namespace Blindsight.Mpc.Channels;

/// <summary>
/// Bytes on their way to a link. The owner appends and flushes and does not wait for the peer; what the link cannot take at
/// once, and every full chunk, is written by a thread of its own. The owner writes directly only while that thread has nothing
/// to do, so bytes keep their order.
/// </summary>
internal sealed class OutgoingQueue
{
    public const int ChunkBytes = 256 * 1024;

    private const int MaximumSpareChunks = 64;

    private readonly IByteLink _link;
    private readonly ChannelOptions _options;
    private readonly Action<Exception> _onFault;
    private readonly object _gate = new();
    private readonly Queue<Chunk> _waiting = new();
    private readonly Stack<byte[]> _spare = new();
    private byte[] _open = NewChunk();
    private int _openCount;
    private long _queuedBytes;
    private bool _stopping;
    private Thread? _writer;

    /// <param name="onFault">Told on the writer's thread when the link fails there.</param>
    public OutgoingQueue(IByteLink link, ChannelOptions options, Action<Exception> onFault)
    {
        _link = link;
        _options = options;
        _onFault = onFault;
    }

    /// <summary>Adds bytes to the open chunk; hands full chunks to the writer.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            int count = Math.Min(bytes.Length, ChunkBytes - _openCount);
            bytes[..count].CopyTo(_open.AsSpan(_openCount));
            _openCount += count;
            if (_openCount == ChunkBytes) HandOver(0);
            bytes = bytes[count..];
            if (bytes.IsEmpty) return;
        }
    }

    /// <summary>Sets everything appended on its way, directly where the link takes it at once.</summary>
    public void Flush()
    {
        if (_openCount == 0) return;
        bool idle;
        lock (_gate) idle = _queuedBytes == 0;
        int written = idle ? _link.TryWrite(_open.AsSpan(0, _openCount)) : 0;
        if (written == _openCount) _openCount = 0;
        else HandOver(written);
    }

    /// <summary>Flushes and waits until the link has taken everything, while it makes progress.</summary>
    public void Drain()
    {
        Flush();
        lock (_gate)
        {
            long before = long.MaxValue;
            while (_queuedBytes > 0 && !_stopping && _queuedBytes < before)
            {
                before = _queuedBytes;
                Monitor.Wait(_gate, _options.LingerMs);
            }
        }
    }

    /// <summary>Ends the writer's thread; what is still queued is dropped.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void HandOver(int from)
    {
        lock (_gate)
        {
            while (_queuedBytes > 0 && _queuedBytes + _openCount > _options.MaximumQueuedBytes && !_stopping)
                Monitor.Wait(_gate, _options.TimeoutMs);
            _waiting.Enqueue(new Chunk(_open, from, _openCount - from));
            _queuedBytes += _openCount - from;
            if (!_spare.TryPop(out byte[]? next)) next = NewChunk();
            _open = next;
            _openCount = 0;
            if (_writer is null)
            {
                _writer = new Thread(WriteLoop) { IsBackground = true, Name = "channel writer" };
                _writer.Start();
            }
            Monitor.PulseAll(_gate);
        }
    }

    private void WriteLoop()
    {
        try
        {
            while (Next() is { } chunk)
            {
                _link.Write(chunk.Buffer.AsSpan(chunk.From, chunk.Count), _options.TimeoutMs);
                Finished(chunk);
            }
        }
        catch (Exception fault) when (fault is IOException or TimeoutException or ObjectDisposedException)
        {
            Stop();
            _onFault(fault);
        }
    }

    private Chunk? Next()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_stopping) Monitor.Wait(_gate);
            return _stopping ? null : _waiting.Dequeue();
        }
    }

    private void Finished(Chunk chunk)
    {
        lock (_gate)
        {
            _queuedBytes -= chunk.Count;
            if (_spare.Count < MaximumSpareChunks) _spare.Push(chunk.Buffer);
            Monitor.PulseAll(_gate);
        }
    }

    private static byte[] NewChunk() => GC.AllocateUninitializedArray<byte>(ChunkBytes);

    private readonly record struct Chunk(byte[] Buffer, int From, int Count);
}
