using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Harness;

/// <summary>Two ends of one TCP connection over loopback, for tests that want real sockets or an emulated link.</summary>
public static class LoopbackPair
{
    /// <summary>Connects a pair; both directions are shaped by the profile. The token cancels the first end only.</summary>
    public static (FramedChannel First, FramedChannel Second) Create(
        LinkProfile? profile = null, ChannelOptions? options = null, CancellationToken firstCancellation = default)
    {
        profile ??= LinkProfile.None;
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", ConnectionSecurity.Insecure);
        FramedChannel first = TcpTransport.Connect(listener.EndPoint.ToString(), ConnectionSecurity.Insecure, profile, 5000, options, null, firstCancellation);
        return (first, listener.Accept(profile, 5000, options));
    }
}
