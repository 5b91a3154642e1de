using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;

namespace Blindsight.Transport.Tcp;

/// <summary>Channels over plain TCP between processes of one machine.</summary>
public static class TcpTransport
{
    private const int RetryMs = 20;

    /// <summary>
    /// Connects to <paramref name="address"/> (HOST:PORT, loopback only), trying again while nobody listens there yet.
    /// </summary>
    /// <param name="profile">The link to emulate on what this end sends.</param>
    /// <exception cref="Arithmetic.ParameterException">The address is malformed or not of this machine.</exception>
    /// <exception cref="ProtocolException">Nobody accepted within the time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static FramedChannel Connect(
        string address, LinkProfile profile, int connectTimeoutMs, ChannelOptions? options = null,
        CancellationToken cancellation = default)
    {
        IPEndPoint endPoint = LoopbackAddress.Parse(address);
        Stopwatch elapsed = Stopwatch.StartNew();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return OpenChannel(ConnectOnce(endPoint), profile, options, cancellation);
            }
            catch (SocketException fault)
            {
                if (elapsed.ElapsedMilliseconds >= connectTimeoutMs)
                    throw new ProtocolException(PeerFault.Disconnected, $"connecting to {endPoint}",
                        $"nobody accepted within {connectTimeoutMs} ms ({fault.SocketErrorCode})", fault);
            }
            cancellation.WaitHandle.WaitOne(RetryMs);
        }
    }

    /// <summary>Waits for connections at <paramref name="address"/> (HOST:PORT, loopback only; port 0 lets the system choose).</summary>
    /// <exception cref="Arithmetic.ParameterException">The address is malformed, not of this machine, or taken.</exception>
    public static TcpChannelListener Listen(string address) => new(LoopbackAddress.Parse(address));

    internal static FramedChannel OpenChannel(
        Socket socket, LinkProfile profile, ChannelOptions? options, CancellationToken cancellation) =>
        new(ShapedLink.Over(new TcpLink(socket), profile), options, cancellation);

    private static Socket ConnectOnce(IPEndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            // A port of the ephemeral range on which nobody listens can connect to itself.
            if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
                throw new SocketException((int)SocketError.ConnectionRefused);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
