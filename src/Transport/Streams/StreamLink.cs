using System.Buffers;
using System.Security.Cryptography;
using Blindsight.Mpc.Channels;

namespace Blindsight.Transport.Streams;

/// <summary>
/// A byte link over any duplex stream, such as a WebSocket or a pipe. Only as confidential and authentic as the stream is. Nothing is written without
/// a wait, so that everything leaves on the channel's own writer: plain sockets are faster by <see cref="Tcp.TcpTransport"/>.
/// </summary>
/// <param name="stream">Readable and writable, by two threads at once; the link takes it over.</param>
public sealed class StreamLink(Stream stream) : IByteLink
{
    private readonly CancellationTokenSource _broken = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once the link was disposed.</summary>
    public Task Closed => _closed.Task;

    /// <inheritdoc/>
    public int TryWrite(ReadOnlySpan<byte> bytes) => 0;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, int timeoutMs)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer);
        int count = bytes.Length;
        Within(timeoutMs, async cancellation =>
        {
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellation);
            await stream.FlushAsync(cancellation);
            return 0;
        });
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    public int Read(Span<byte> destination, int timeoutMs)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(destination.Length);
        Memory<byte> memory = buffer.AsMemory(0, destination.Length);
        int read = Within(timeoutMs, async cancellation => await stream.ReadAsync(memory, cancellation));
        memory.Span[..read].CopyTo(destination);
        CryptographicOperations.ZeroMemory(memory.Span[..read]);
        ArrayPool<byte>.Shared.Return(buffer);
        return read;
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _broken.Cancel();
        stream.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        _closed.TrySetResult();
    }

    /// <summary>Waits for work on the stream. A buffer whose work was given up is left to the collector: the stream may still hold it.</summary>
    private int Within(int timeoutMs, Func<CancellationToken, Task<int>> work)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_broken.Token);
        patience.CancelAfter(timeoutMs);
        try
        {
            return work(patience.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException late) when (!_broken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing moved for {timeoutMs} ms", late);
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException or NotSupportedException
            or InvalidOperationException or System.Net.WebSockets.WebSocketException)
        {
            throw new IOException("the stream is closed", fault);
        }
    }
}
