using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tls;

namespace Blindsight.Transport.Tcp;

/// <summary>Channels over TCP: protected by mutual TLS 1.3, or plain within one machine.</summary>
public static class TcpTransport
{
    private const int RetryMs = 20, HandshakeMs = 10_000;

    /// <summary>Connects to <paramref name="address"/> (HOST:PORT), trying again while nobody listens there yet.</summary>
    /// <param name="profile">The link to emulate on what this end sends.</param>
    /// <param name="part">What the peer must be allowed to be by its certificate, besides the host that was dialled; or null.</param>
    /// <exception cref="Arithmetic.ParameterException">The address is malformed, or not of this machine and nothing protects it.</exception>
    /// <exception cref="ProtocolException">Nobody accepted within the time, or who did is another.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static FramedChannel Connect(string address, ConnectionSecurity security, LinkProfile profile, int connectTimeoutMs,
        ChannelOptions? options = null, string? part = null, CancellationToken cancellation = default)
    {
        PartyAddress peer = PartyAddress.Parse(address, security);
        Stopwatch elapsed = Stopwatch.StartNew();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                Socket socket = ConnectOnce(peer.ToConnect(), Math.Max(1, connectTimeoutMs - (int)elapsed.ElapsedMilliseconds), cancellation);
                return OpenChannel(Protected(socket, peer.Host, part, security), profile, options, cancellation);
            }
            catch (Exception fault) when (fault is SocketException or ProtocolException { Fault: PeerFault.Disconnected })
            {
                cancellation.ThrowIfCancellationRequested();
                if (elapsed.ElapsedMilliseconds >= connectTimeoutMs)
                    throw new ProtocolException(PeerFault.Disconnected, $"connecting to {peer}",
                        $"nobody accepted within {connectTimeoutMs} ms ({Name(fault)})", fault);
            }
            cancellation.WaitHandle.WaitOne(RetryMs);
        }
    }

    /// <summary>Waits for connections at <paramref name="address"/> (HOST:PORT; port 0 lets the system choose).</summary>
    /// <exception cref="Arithmetic.ParameterException">The address is malformed, taken, or not of this machine and nothing protects it.</exception>
    public static TcpChannelListener Listen(string address, ConnectionSecurity security) =>
        new(PartyAddress.Parse(address, security).ToListen(), security);

    internal static FramedChannel OpenChannel(IByteLink link, LinkProfile profile, ChannelOptions? options, CancellationToken cancellation) =>
        new(ShapedLink.Over(link, profile), options, cancellation);

    private static IByteLink Protected(Socket socket, string host, string? part, ConnectionSecurity security)
    {
        try
        {
            return security.Identity is { } identity ? TlsHandshake.Connect(socket, host, part, identity, HandshakeMs) : new TcpLink(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket ConnectOnce(EndPoint endPoint, int timeoutMs, CancellationToken cancellation)
    {
        Socket socket = endPoint is IPEndPoint known
            ? new(known.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new(SocketType.Stream, ProtocolType.Tcp);
        // Connecting to an address that swallows packets waits for minutes; closing the socket ends that.
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(timeoutMs);
        try
        {
            using (patience.Token.UnsafeRegister(_ => socket.Dispose(), null)) socket.Connect(endPoint);
            // A port of the ephemeral range on which nobody listens can connect to itself.
            if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
                throw new SocketException((int)SocketError.ConnectionRefused);
            return socket;
        }
        catch (ObjectDisposedException)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Name(Exception fault) => fault is SocketException socket ? $"{socket.SocketErrorCode}" : fault.Message;
}
