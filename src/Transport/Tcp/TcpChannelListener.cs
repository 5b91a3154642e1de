using System.Net;
using System.Net.Sockets;
using Blindsight.Arithmetic;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;

namespace Blindsight.Transport.Tcp;

/// <summary>A listening socket of this machine that turns connections into channels.</summary>
public sealed class TcpChannelListener : IDisposable
{
    private const int PollMs = 50;

    private readonly Socket _socket;

    internal TcpChannelListener(IPEndPoint endPoint)
    {
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

    /// <summary>Waits for the next connection.</summary>
    /// <param name="profile">The link to emulate on what this end sends.</param>
    /// <param name="timeoutMs">How long to wait; <see cref="Timeout.Infinite"/> for ever.</param>
    /// <exception cref="ProtocolException">Nobody connected within the time, or who did was gone again.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public FramedChannel Accept(
        LinkProfile profile, int timeoutMs, ChannelOptions? options = null, CancellationToken cancellation = default)
    {
        long start = Environment.TickCount64;
        while (!_socket.Poll(PollMs * 1000, SelectMode.SelectRead))
        {
            cancellation.ThrowIfCancellationRequested();
            if (timeoutMs != Timeout.Infinite && Environment.TickCount64 - start >= timeoutMs)
                throw new ProtocolException(
                    PeerFault.TimedOut, $"listening at {EndPoint}", $"nobody connected within {timeoutMs} ms");
        }
        try
        {
            return TcpTransport.OpenChannel(_socket.Accept(), profile, options, cancellation);
        }
        catch (SocketException fault)
        {
            throw new ProtocolException(PeerFault.Disconnected, $"listening at {EndPoint}", "a client gave up while it was accepted", fault);
        }
    }

    /// <summary>Stops listening; channels already accepted live on.</summary>
    public void Dispose() => _socket.Dispose();
}
