namespace Blindsight.Mpc.Channels;

/// <summary>
/// A channel over any byte link: framing, counting and the logical clock are the same in memory, over TCP and over TLS.
/// </summary>
/// <remarks>
/// Messages collect in a chunk that is flushed when the owner receives or flushes, or is full. After a fault, a
/// cancellation or disposal every call fails with the exception of the first. <see cref="Abort"/> may be called from any thread;
/// everything else belongs to one thread at a time. Allocates nothing in steady state except what <see cref="ReceiveUpTo"/> returns.
/// </remarks>
public sealed class FramedChannel : IChannel
{
    /// <summary>So many bytes leave without a flush.</summary>
    public const int ChunkBytes = OutgoingQueue.ChunkBytes;

    private const int AnyTag = -1, RefusalMs = 2000;

    private readonly IByteLink _link;
    private readonly ChannelOptions _options;
    private readonly OutgoingQueue _outgoing;
    private readonly IncomingBuffer _incoming;
    private readonly CancellationTokenRegistration _cancellation;
    private Exception? _fault;
    private bool _disposed;
    private RoundClock _clock;
    private FrameHeader? _ahead;
    private long _payloadSent, _payloadReceived, _messagesSent, _messagesReceived;

    /// <summary>Takes over the link: disposing the channel disposes it.</summary>
    /// <param name="cancellation">Breaks the link when cancelled; calls then throw <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="Arithmetic.ParameterException">The options' limits cannot work.</exception>
    public FramedChannel(IByteLink link, ChannelOptions? options = null, CancellationToken cancellation = default)
    {
        _link = link;
        _options = (options ?? ChannelOptions.Default).Checked();
        _outgoing = new OutgoingQueue(link, _options, fault => Fail(Describe("sending", fault, _options.TimeoutMs)));
        _incoming = new IncomingBuffer(link);
        _cancellation = cancellation.UnsafeRegister(
            _ => Fail(new OperationCanceledException("The channel was cancelled.", cancellation)), null);
    }

    /// <inheritdoc/>
    public ChannelCounters Counters =>
        new(_payloadSent, _payloadReceived, _messagesSent, _messagesReceived, _clock.Rounds);

    /// <inheritdoc/>
    public void Send(ushort tag, ReadOnlySpan<byte> payload)
    {
        ThrowIfFailed();
        Span<byte> header = stackalloc byte[FrameHeader.Bytes];
        new FrameHeader((uint)payload.Length, tag, _clock.Send()).Write(header);
        _outgoing.Append(header);
        _outgoing.Append(payload);
        _payloadSent += payload.Length;
        _messagesSent++;
        ThrowIfFailed();
    }

    /// <inheritdoc/>
    public void Receive(ushort tag, Span<byte> destination)
    {
        FrameHeader header = ReceiveHeader(tag);
        if (header.Length != destination.Length)
            throw Fail(new ProtocolException(PeerFault.WrongLength, Step(tag),
                $"the peer sent {header.Length} bytes where the protocol calls for {destination.Length}"));
        ReceivePayload(header, destination);
    }

    /// <inheritdoc/>
    public byte[] ReceiveUpTo(ushort tag, int maximumBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximumBytes);
        FrameHeader header = ReceiveHeader(tag);
        if (header.Length > (uint)maximumBytes)
            throw Fail(new ProtocolException(PeerFault.WrongLength, Step(tag),
                $"the peer sent {header.Length} bytes where at most {maximumBytes} are allowed"));
        byte[] payload = new byte[header.Length];
        ReceivePayload(header, payload);
        return payload;
    }

    /// <summary>
    /// Waits for the next message and returns its tag, without taking the message: for a listener, which has to tell what a connection is
    /// for. The sender chooses the tag; nothing else is known of the message yet.
    /// </summary>
    /// <param name="timeoutMs">The longest wait without a byte of progress.</param>
    /// <exception cref="ProtocolException">Closed or timed out; the channel is then unusable.</exception>
    public ushort PeekTag(int timeoutMs)
    {
        if (_ahead is null)
        {
            Flush();
            Span<byte> bytes = stackalloc byte[FrameHeader.Bytes];
            ReadExactly(AnyTag, bytes, timeoutMs);
            _ahead = FrameHeader.Read(bytes);
        }
        return _ahead.Value.Tag;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        ThrowIfFailed();
        try
        {
            _outgoing.Flush();
        }
        catch (Exception fault) when (IsLinkFault(fault))
        {
            throw Fail(Describe("sending", fault, _options.TimeoutMs));
        }
    }

    /// <summary>
    /// Tells the peer why it is refused, whatever it waits for, and waits a moment until it has heard: a connection that is closed with unread bytes
    /// takes its last words along. Nothing can be sent afterwards. Does nothing on a channel that failed.
    /// </summary>
    public void Refuse(PeerFault fault, string reason)
    {
        if (Volatile.Read(ref _fault) is not null) return;
        long start = Environment.TickCount64;
        Span<byte> unread = stackalloc byte[1024];
        try
        {
            Refusal.Send(this, fault, reason);
            _outgoing.Drain();
            for (long left = RefusalMs; left > 0; left = RefusalMs - (Environment.TickCount64 - start))
                if (_link.Read(unread, (int)left) == 0) break;
        }
        catch (Exception gone) when (IsLinkFault(gone) || gone is ProtocolException or OperationCanceledException)
        {
            // It has heard, or will not.
        }
        Abort();
    }

    /// <summary>Breaks the link at once; whoever waits on this channel gets an <see cref="OperationCanceledException"/>.</summary>
    public void Abort() => Fail(new OperationCanceledException("The channel was aborted."));

    /// <summary>Delivers what is queued, as far as the peer takes it without pausing for the linger time, and closes.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _cancellation.Dispose();
        if (Volatile.Read(ref _fault) is null)
        {
            try
            {
                _outgoing.Drain();
            }
            catch (Exception fault) when (IsLinkFault(fault))
            {
                // The peer is gone; there is nobody left to tell.
            }
            Interlocked.CompareExchange(ref _fault, new ObjectDisposedException(nameof(FramedChannel)), null);
        }
        _outgoing.Stop();
        _link.Dispose();
    }

    private FrameHeader ReceiveHeader(ushort tag)
    {
        Flush();
        Span<byte> bytes = stackalloc byte[FrameHeader.Bytes];
        if (_ahead is null) ReadExactly(tag, bytes, _options.TimeoutMs);
        FrameHeader header = _ahead ?? FrameHeader.Read(bytes);
        _ahead = null;
        if (header.Tag == Refusal.Tag && tag != Refusal.Tag) throw Fail(RefusedBy(header));
        if (header.Tag != tag)
            throw Fail(new ProtocolException(PeerFault.UnexpectedMessage, Step(tag),
                $"the peer sent message 0x{header.Tag:x4} instead"));
        return header;
    }

    private ProtocolException RefusedBy(FrameHeader header)
    {
        byte[] words = new byte[Math.Min(header.Length, Refusal.BytesMax)];
        ReadExactly(header.Tag, words, _options.TimeoutMs);
        return Refusal.Read(words);
    }

    private void ReceivePayload(FrameHeader header, Span<byte> destination)
    {
        ReadExactly(header.Tag, destination, _options.TimeoutMs);
        _clock.Receive(header.Clock);
        _payloadReceived += destination.Length;
        _messagesReceived++;
    }

    private void ReadExactly(int tag, Span<byte> destination, int timeoutMs)
    {
        try
        {
            _incoming.ReadExactly(destination, timeoutMs);
        }
        catch (Exception fault) when (IsLinkFault(fault))
        {
            throw Fail(Describe(Step(tag), fault, timeoutMs));
        }
        ThrowIfFailed();
    }

    /// <summary>Records the first fault, breaks the link, and returns the exception to throw: the first one's.</summary>
    private Exception Fail(Exception fault)
    {
        Exception? first = Interlocked.CompareExchange(ref _fault, fault, null);
        if (first is not null) return first;
        _link.Abort();
        _outgoing.Stop();
        return fault;
    }

    private void ThrowIfFailed()
    {
        if (Volatile.Read(ref _fault) is { } fault) throw fault;
    }

    private static ProtocolException Describe(string step, Exception fault, int timeoutMs) => fault is TimeoutException
        ? new ProtocolException(PeerFault.TimedOut, step, $"nothing moved for {timeoutMs} ms", fault)
        : new ProtocolException(PeerFault.Disconnected, step, "the connection to the peer is closed", fault);

    private static string Step(int tag) => tag == AnyTag ? "waiting for a message" : $"waiting for message 0x{tag:x4}";

    private static bool IsLinkFault(Exception fault) => fault is IOException or TimeoutException or ObjectDisposedException;
}
