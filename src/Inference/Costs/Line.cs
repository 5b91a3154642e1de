using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Costs;

/// <summary>
/// One direction of a rehearsed channel: messages wait until they are flushed or fill a chunk, are serialised at the link's rate one behind the other,
/// and arrive the link's delay after their last byte.
/// </summary>
internal sealed class Line(LinkSpeed link)
{
    public const int HeaderBytes = ChannelCounters.FrameHeaderBytes;

    private readonly double _nsPerByte = 8e9 / link.BitsPerSecond, _delayNs = link.DelayMs * 1e6;
    private readonly Queue<Message> _open = new(), _underWay = new();
    private long _openBytes, _queued;
    private double _freeNs;

    /// <summary>Whether nothing waits to be flushed.</summary>
    public bool IsFlushed => _openBytes == 0;

    /// <summary>Adds a message; full chunks leave at once.</summary>
    public void Queue(long bytes, long clock, double nowNs)
    {
        _queued += bytes + HeaderBytes;
        _openBytes += bytes + HeaderBytes;
        _open.Enqueue(new Message(bytes, clock, _queued));
        if (_openBytes >= FramedChannel.ChunkBytes) Depart(_openBytes / FramedChannel.ChunkBytes * FramedChannel.ChunkBytes, nowNs);
    }

    /// <summary>Sets everything on its way.</summary>
    public void Flush(double nowNs) => Depart(_openBytes, nowNs);

    /// <summary>The oldest message, if its last byte is on its way.</summary>
    public bool TryTake(out Message message) => _underWay.TryDequeue(out message);

    private void Depart(long bytes, double nowNs)
    {
        long left = _queued - _openBytes;
        double startNs = Math.Max(_freeNs, nowNs);
        _freeNs = startNs + bytes * _nsPerByte;
        _openBytes -= bytes;
        while (_open.TryPeek(out Message message) && message.EndBytes <= left + bytes)
        {
            _open.Dequeue();
            _underWay.Enqueue(message with { ArrivalNs = startNs + (message.EndBytes - left) * _nsPerByte + _delayNs });
        }
    }

    /// <param name="Clock">As in the frame's header.</param>
    /// <param name="EndBytes">Where it ends among all bytes of this direction.</param>
    public readonly record struct Message(long Bytes, long Clock, long EndBytes)
    {
        public double ArrivalNs { get; init; }
    }
}
