using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Blindsight.Arithmetic;
using Blindsight.Harness;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Unit.Transport;

public sealed class TcpTransportTests
{
    [Fact]
    public void Simultaneous_sends_of_64_MiB_do_not_deadlock()
    {
        const int length = 64 << 20;
        byte[] Exchange(IChannel channel, byte fill)
        {
            byte[] own = new byte[length];
            own.AsSpan().Fill(fill);
            channel.Send(7, own);
            channel.Receive(7, own);
            return own;
        }
        var result = TwoParties.Run(c => Exchange(c, 1), c => Exchange(c, 2), channels: LoopbackPair.Create());
        Assert.Equal(-1, result.First.AsSpan().IndexOfAnyExcept((byte)2));
        Assert.Equal(-1, result.Second.AsSpan().IndexOfAnyExcept((byte)1));
        Assert.Equal(1, result.FirstCounters.Rounds);
        Assert.Equal(length + 8, result.FirstCounters.BytesSent);
    }

    [Fact]
    public void A_direct_write_takes_no_more_than_fits()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using Socket silent = new(SocketType.Stream, ProtocolType.Tcp);
        silent.Connect(listener.LocalEndpoint);
        using TcpLink link = new(listener.AcceptSocket());
        byte[] bytes = new byte[1 << 20];
        Stopwatch elapsed = Stopwatch.StartNew();
        int accepted = 0;
        for (int written = 1; written > 0; accepted += written) written = link.TryWrite(bytes);
        Assert.InRange(elapsed.ElapsedMilliseconds, 0, 5000);
        Assert.Throws<TimeoutException>(() => link.Write(new byte[64 << 20], 50));
    }

    [Fact]
    public void A_peer_that_closes_is_a_disconnection()
    {
        TwoPartyFaults faults = TwoParties.RunToFault(
            _ => { }, c => c.Receive(1, new byte[1]), channels: LoopbackPair.Create());
        Assert.Equal(PeerFault.Disconnected, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    [Fact]
    public void A_silent_peer_is_a_timeout()
    {
        (IChannel first, IChannel second) = LoopbackPair.Create(options: new ChannelOptions { TimeoutMs = 50 });
        using (first)
        using (second)
            Assert.Equal(PeerFault.TimedOut, Assert.Throws<ProtocolException>(() => first.Receive(1, new byte[1])).Fault);
    }

    [Fact]
    public void Cancellation_wakes_a_waiting_receive()
    {
        using CancellationTokenSource source = new();
        (IChannel first, IChannel second) = LoopbackPair.Create(firstCancellation: source.Token);
        using (first)
        using (second)
        {
            source.CancelAfter(50);
            Assert.Throws<OperationCanceledException>(() => first.Receive(2, new byte[1]));
        }
    }

    [Fact]
    public void Cancellation_wakes_a_send_above_the_cap()
    {
        using CancellationTokenSource source = new();
        ChannelOptions options = new() { MaximumQueuedBytes = OutgoingQueue.ChunkBytes };
        (IChannel first, IChannel second) = LoopbackPair.Create(options: options, firstCancellation: source.Token);
        using (first)
        using (second)
        {
            source.CancelAfter(50);
            Assert.Throws<OperationCanceledException>((Action)(() =>
            {
                while (true) first.Send(1, new byte[OutgoingQueue.ChunkBytes]);
            }));
        }
    }

    [Fact]
    public void Connecting_waits_for_a_listener_that_comes_late()
    {
        string address = FreeAddress();
        TcpChannelListener? listener = null;
        Thread late = new(() => { Thread.Sleep(150); listener = TcpTransport.Listen(address, ConnectionSecurity.Insecure); });
        late.Start();
        using FramedChannel channel = TcpTransport.Connect(address, ConnectionSecurity.Insecure, LinkProfile.None, 10_000);
        late.Join();
        listener!.Dispose();
    }

    [Fact]
    public void Connecting_to_nobody_fails_at_the_deadline() =>
        Assert.Equal(PeerFault.Disconnected, Assert.Throws<ProtocolException>(
            () => TcpTransport.Connect(FreeAddress(), ConnectionSecurity.Insecure, LinkProfile.None, 100)).Fault);

    [Fact]
    public void Accepting_nobody_fails_at_the_deadline()
    {
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", ConnectionSecurity.Insecure);
        Assert.Equal(PeerFault.TimedOut,
            Assert.Throws<ProtocolException>(() => listener.Accept(LinkProfile.None, 100)).Fault);
    }

    [Theory]
    [InlineData("192.168.0.1:80")]
    [InlineData("0.0.0.0:7766")]
    [InlineData("[::]:7766")]
    [InlineData("example.org:7766")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("127.0.0.1:-1")]
    [InlineData(":7766")]
    [InlineData("")]
    public void Addresses_beyond_this_machine_and_malformed_ones_are_refused(string address)
    {
        Assert.Throws<ParameterException>(() => TcpTransport.Listen(address, ConnectionSecurity.Insecure));
        Assert.Throws<ParameterException>(() => TcpTransport.Connect(address, ConnectionSecurity.Insecure, LinkProfile.None, 100));
    }

    [Theory]
    [InlineData("127.0.0.1:80")]
    [InlineData("127.1.2.3:80")]
    [InlineData("localhost:80")]
    [InlineData("[::1]:80")]
    public void Loopback_addresses_are_accepted(string address) =>
        Assert.Equal(80, PartyAddress.Parse(address, ConnectionSecurity.Insecure).Port);

    private static string FreeAddress()
    {
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", ConnectionSecurity.Insecure);
        return listener.EndPoint.ToString();
    }
}
