using System.Diagnostics;
using Blindsight.Mpc.Channels;

namespace Blindsight.Transport.Emulation;

/// <summary>
/// A link that delays what this end writes as a slower one would: every byte is serialised at the profile's rate behind the
/// bytes before it, and arrives the propagation delay after its segment's last byte left. Both ends wrap their link, so
/// both directions are shaped, independently.
/// </summary>
/// <remarks>
/// Bytes wait in a ring that holds what is on the emulated line and a queue before it, long enough to bridge times in which the
/// delivering thread is not scheduled; that thread passes each segment to
/// the real link when it is due.
/// </remarks>
internal sealed class ShapedLink : IByteLink
{
    private const int SegmentBytes = 16 * 1024;
    private const int QueueBytes = 4 << 20;
    private const int LingerMs = 10_000;

    private readonly IByteLink _inner;
    private readonly double _ticksPerByte;
    private readonly long _delayTicks;
    private readonly object _gate = new();
    private readonly Queue<Segment> _segments = new();
    private readonly byte[] _ring;
    private readonly Thread _deliverer;
    private int _tail;
    private int _count;
    private long _lineFree;
    private bool _completed;
    private bool _aborted;
    private Exception? _fault;

    private ShapedLink(IByteLink inner, LinkProfile profile)
    {
        _inner = inner;
        _ticksPerByte = 8 * Stopwatch.Frequency / profile.BitsPerSecond;
        _delayTicks = (long)(profile.DelayMs * Stopwatch.Frequency / 1000);
        _ring = new byte[(int)(profile.BitsPerSecond / 8 * profile.DelayMs / 1000) + QueueBytes];
        _deliverer = new Thread(Deliver) { IsBackground = true, Name = $"{profile.Name} link" };
        _deliverer.Start();
    }

    /// <summary>The link itself where there is nothing to emulate, else a shaped one that owns it.</summary>
    public static IByteLink Over(IByteLink inner, LinkProfile profile) =>
        profile == LinkProfile.None ? inner : new ShapedLink(inner, profile);

    /// <inheritdoc/>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        lock (_gate) return Put(bytes);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, int timeoutMs)
    {
        lock (_gate)
        {
            while (true)
            {
                bytes = bytes[Put(bytes)..];
                if (bytes.IsEmpty) return;
                if (!Monitor.Wait(_gate, timeoutMs)) throw new TimeoutException();
            }
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> destination, int timeoutMs) => _inner.Read(destination, timeoutMs);

    /// <inheritdoc/>
    public void Abort()
    {
        Volatile.Write(ref _aborted, true);
        lock (_gate) Monitor.PulseAll(_gate);
        _inner.Abort();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
        }
        if (!_deliverer.Join(LingerMs)) _inner.Abort();
        _inner.Dispose();
    }

    private int Put(ReadOnlySpan<byte> bytes)
    {
        if (_fault is not null) throw _fault;
        if (_aborted) throw new IOException("The link was aborted.");
        int put = 0;
        while (put < bytes.Length)
        {
            int count = Math.Min(Math.Min(bytes.Length - put, SegmentBytes), Math.Min(_ring.Length - _count, _ring.Length - _tail));
            if (count == 0) break;
            bytes.Slice(put, count).CopyTo(_ring.AsSpan(_tail));
            _lineFree = Math.Max(_lineFree, Stopwatch.GetTimestamp()) + (long)(count * _ticksPerByte);
            _segments.Enqueue(new Segment(_tail, count, _lineFree + _delayTicks));
            _tail = (_tail + count) % _ring.Length;
            _count += count;
            put += count;
        }
        if (put > 0) Monitor.PulseAll(_gate);
        return put;
    }

    private void Deliver()
    {
        PreciseWait.PrepareThread();
        try
        {
            while (Next() is { } segment)
            {
                PreciseWait.Until(segment.Due, ref _aborted);
                _inner.Write(_ring.AsSpan(segment.From, segment.Count), ChannelOptions.Default.TimeoutMs);
                lock (_gate)
                {
                    _count -= segment.Count;
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (Exception fault) when (fault is IOException or TimeoutException or ObjectDisposedException)
        {
            lock (_gate)
            {
                _fault = fault;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private Segment? Next()
    {
        lock (_gate)
        {
            while (_segments.Count == 0 && !_completed && !_aborted) Monitor.Wait(_gate);
            return _segments.Count == 0 || _aborted ? null : _segments.Dequeue();
        }
    }

    /// <param name="Due">When its last byte has arrived, as a <see cref="Stopwatch"/> timestamp.</param>
    private readonly record struct Segment(int From, int Count, long Due);
}
