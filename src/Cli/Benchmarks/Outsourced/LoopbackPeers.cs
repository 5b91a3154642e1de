using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Benchmarks.Outsourced;

/// <summary>Both ends of a connection over TCP on this machine, shaped as a link.</summary>
internal static class LoopbackPeers
{
    private const int ConnectMs = 5000;

    public static (FramedChannel First, FramedChannel Second) Open(LinkProfile link, ChannelOptions options)
    {
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", ConnectionSecurity.Insecure);
        FramedChannel first = TcpTransport.Connect(listener.EndPoint.ToString(), ConnectionSecurity.Insecure, link, ConnectMs, options);
        return (first, listener.Accept(link, ConnectMs, options));
    }
}
