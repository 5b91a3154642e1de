using System.Net;
using System.Net.Sockets;
using Blindsight.Arithmetic;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tls;

namespace Blindsight.Transport.Tcp;

/// <summary>A listening socket that turns connections into channels, protected where the party has a certificate.</summary>
public sealed class TcpChannelListener : IDisposable
{
    private const int PollMs = 50, HandshakeMs = 10_000;

    private readonly Socket _socket;
    private readonly ConnectionSecurity _security;

    internal TcpChannelListener(IPEndPoint endPoint, ConnectionSecurity security)
    {
        _security = security;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endPoint);
            _socket.Listen();
        }
        catch (SocketException fault)
        {
            _socket.Dispose();
            throw new ParameterException($"Cannot listen at {endPoint}: {fault.SocketErrorCode}.");
        }
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    /// <summary>The address that was bound, with the port that the system chose.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Waits for the next connection, and makes a channel of it. One that comes to nothing is in nobody's way at an <see cref="Entrance"/>.</summary>
    /// <param name="profile">The link to emulate on what this end sends.</param>
    /// <param name="timeoutMs">How long to wait; <see cref="Timeout.Infinite"/> for ever.</param>
    /// <exception cref="ProtocolException">Nobody connected within the time, or who did was gone again, or is nobody that this party deals with.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public FramedChannel Accept(
        LinkProfile profile, int timeoutMs, ChannelOptions? options = null, CancellationToken cancellation = default) =>
        Open(AcceptSocket(timeoutMs, cancellation), profile, options, HandshakeMs, cancellation).Channel;

    /// <summary>Stops listening; channels already accepted live on.</summary>
    public void Dispose() => _socket.Dispose();

    /// <inheritdoc cref="Accept"/>
    internal Socket AcceptSocket(int timeoutMs, CancellationToken cancellation)
    {
        long start = Environment.TickCount64;
        while (!_socket.Poll(PollMs * 1000, SelectMode.SelectRead))
        {
            cancellation.ThrowIfCancellationRequested();
            if (timeoutMs != Timeout.Infinite && Environment.TickCount64 - start >= timeoutMs)
                throw new ProtocolException(
                    PeerFault.TimedOut, $"listening at {EndPoint}", $"nobody connected within {timeoutMs} ms");
        }
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return _socket.Accept();
        }
        catch (SocketException fault)
        {
            throw new ProtocolException(PeerFault.Disconnected, $"listening at {EndPoint}", "a client gave up while it was accepted", fault);
        }
    }

    /// <summary>Makes a channel of an accepted socket, which it takes over.</summary>
    /// <exception cref="ProtocolException">The handshake failed, or the peer was told that its certificate is refused.</exception>
    internal (FramedChannel Channel, PeerIdentity Peer) Open(
        Socket socket, LinkProfile profile, ChannelOptions? options, int handshakeMs, CancellationToken cancellation)
    {
        try
        {
            if (_security.Identity is not { } identity)
                return (TcpTransport.OpenChannel(new TcpLink(socket), profile, options, cancellation), PeerIdentity.Local);
            (TlsLink link, CertificateVerdict verdict) = TlsHandshake.Accept(socket, identity, handshakeMs);
            FramedChannel channel = TcpTransport.OpenChannel(link, profile, options, cancellation);
            if (verdict.Peer is { } peer) return (channel, peer);
            using (channel) channel.Refuse(verdict.Fault!.Value, verdict.Reason);
            throw new ProtocolException(verdict.Fault!.Value, "a client's handshake", verdict.Reason);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
