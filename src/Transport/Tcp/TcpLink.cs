using System.Net.Sockets;
using Blindsight.Mpc.Channels;

namespace Blindsight.Transport.Tcp;

/// <summary>
/// A byte link over a connected TCP socket, with synchronous calls only: a 64-byte round trip over loopback takes half the time
/// of asynchronous ones, and the system's own timeouts apply.
/// </summary>
internal sealed class TcpLink : IByteLink
{
    /// <summary>
    /// The most that <see cref="TryWrite"/> hands over at once. A socket reports itself writable while at least a third of its
    /// send buffer is free; this is below a third of the smallest usual one, so the call does not wait.
    /// </summary>
    private const int DirectBytes = 64 * 1024;

    private const int SendBufferBytes = 1 << 20;

    private readonly Socket _socket;

    /// <summary>Takes over a connected socket.</summary>
    public TcpLink(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        socket.SendBufferSize = SendBufferBytes;
    }

    /// <inheritdoc/>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            int written = 0;
            while (written < bytes.Length && _socket.Poll(0, SelectMode.SelectWrite))
                written += _socket.Send(bytes.Slice(written, Math.Min(DirectBytes, bytes.Length - written)));
            return written;
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            throw Translate(fault);
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, int timeoutMs)
    {
        try
        {
            if (_socket.SendTimeout != timeoutMs) _socket.SendTimeout = timeoutMs;
            while (!bytes.IsEmpty) bytes = bytes[_socket.Send(bytes)..];
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            throw Translate(fault);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> destination, int timeoutMs)
    {
        try
        {
            if (_socket.ReceiveTimeout != timeoutMs) _socket.ReceiveTimeout = timeoutMs;
            return _socket.Receive(destination);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            throw Translate(fault);
        }
    }

    /// <inheritdoc/>
    public void Abort() => Shutdown(SocketShutdown.Both);

    /// <inheritdoc/>
    public void Dispose()
    {
        Shutdown(SocketShutdown.Send);
        _socket.Dispose();
    }

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // Closed already, here or by the peer.
        }
    }

    private static Exception Translate(Exception fault) =>
        fault is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock }
            ? new TimeoutException(fault.Message, fault)
            : new IOException(fault.Message, fault);
}
