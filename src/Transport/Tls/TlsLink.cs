using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Blindsight.Mpc.Channels;

namespace Blindsight.Transport.Tls;

/// <summary>A byte link over a TLS connection, with synchronous calls only, for the reasons of <see cref="Tcp.TcpLink"/>.</summary>
/// <remarks>
/// One thread may read while another writes. It ends without TLS's own farewell: every message's length is known to its receiver, so that a connection that
/// was cut short is a fault anyway.
/// </remarks>
internal sealed class TlsLink : IByteLink
{
    /// <summary>As for plain TCP, less what records add: four records of 16 KiB and their headers stay below a third of the smallest usual buffer.</summary>
    private const int DirectBytes = 64 * 1024 - 4 * 32;

    private const int SendBufferBytes = 1 << 20;

    private readonly Socket _socket;
    private readonly SslStream _stream;

    /// <summary>Takes over a socket and the stream over it, after the handshake.</summary>
    public TlsLink(Socket socket, SslStream stream)
    {
        (_socket, _stream) = (socket, stream);
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
            {
                int count = Math.Min(DirectBytes, bytes.Length - written);
                _stream.Write(bytes.Slice(written, count));
                written += count;
            }
            return written;
        }
        catch (Exception fault) when (IsFault(fault))
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
            _stream.Write(bytes);
        }
        catch (Exception fault) when (IsFault(fault))
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
            return _stream.Read(destination);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw Translate(fault);
        }
    }

    /// <inheritdoc/>
    public void Abort() => Shutdown(_socket);

    /// <inheritdoc/>
    public void Dispose()
    {
        Shutdown(_socket, SocketShutdown.Send);
        _stream.Dispose();
        _socket.Dispose();
    }

    /// <summary>Wakes whoever waits on a socket; the socket stays to be disposed.</summary>
    internal static void Shutdown(Socket socket, SocketShutdown how = SocketShutdown.Both)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // Closed already, here or by the peer.
        }
    }

    private static bool IsFault(Exception fault) =>
        fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or AuthenticationException;

    private static Exception Translate(Exception fault) =>
        (fault as SocketException ?? fault.InnerException as SocketException) is { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock }
            ? new TimeoutException(fault.Message, fault) : new IOException(fault.Message, fault);
}
