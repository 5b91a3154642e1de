using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;
using Blindsight.Unit.Transport.Tls;

namespace Blindsight.Unit.Transport;

public sealed class EntranceTests : IDisposable
{
    private const int UndecidedMax = 128;

    private readonly TlsFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<PeerFault> _refused = new();

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_thousand_who_connect_and_say_nothing_are_bounded_and_shut_nobody_out(bool protects)
    {
        ConnectionSecurity server = protects ? _folder.Party("server") : ConnectionSecurity.Insecure;
        ConnectionSecurity client = protects ? _folder.Party("alice") : ConnectionSecurity.Insecure;
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", server);
        Entrance entrance = Open(listener);
        List<Socket> silent = [];
        try
        {
            for (int i = 1; i <= 2000; i++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(listener.EndPoint);
                silent.Add(socket);
                if (i % 500 == 0) AssertServed(listener, client);
                Assert.InRange(entrance.Undecided, 0, UndecidedMax);
            }
            Until(() => _refused.Count >= 2000 - UndecidedMax, "the refusals");
            Assert.All(_refused, fault => Assert.Equal(PeerFault.LimitExceeded, fault));
            using Process self = Process.GetCurrentProcess();
            Assert.InRange(self.Threads.Count, 1, 600);
        }
        finally
        {
            foreach (Socket socket in silent) socket.Dispose();
        }
    }

    [Fact]
    public void A_handshake_that_drips_ends_in_time()
    {
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", _folder.Party("server"));
        Open(listener);
        using Socket slow = new(SocketType.Stream, ProtocolType.Tcp);
        slow.Connect(listener.EndPoint);
        Stopwatch elapsed = Stopwatch.StartNew();
        // The head of a record that announces a client's first message of 512 bytes, of which one comes each while.
        slow.Send([22, 3, 1, 2, 0]);
        while (_refused.IsEmpty && elapsed.ElapsedMilliseconds < 30_000)
        {
            try
            {
                slow.Send([1]);
            }
            catch (SocketException)
            {
                // The server has closed.
            }
            Thread.Sleep(200);
        }
        Assert.InRange(elapsed.ElapsedMilliseconds, 5000, 20_000);
        Assert.Equal(PeerFault.TimedOut, Assert.Single(_refused));
    }

    private Entrance Open(TcpChannelListener listener)
    {
        Entrance entrance = new(listener, LinkProfile.None);
        entrance.Refused += (fault, _) => _refused.Enqueue(fault);
        new Thread(() =>
        {
            try
            {
                entrance.Run(Echo, _stop.Token);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }) { IsBackground = true }.Start();
        return entrance;
    }

    private static void Echo(Visitor visitor)
    {
        using (visitor.Channel)
        {
            byte[] message = visitor.Channel.ReceiveUpTo(visitor.FirstTag, 16);
            visitor.Channel.Send(visitor.FirstTag, message);
        }
    }

    private static void AssertServed(TcpChannelListener listener, ConnectionSecurity client)
    {
        using FramedChannel channel = TcpTransport.Connect(listener.EndPoint.ToString(), client, LinkProfile.None, 10_000);
        channel.Send(3, [1, 2, 3]);
        Assert.Equal([1, 2, 3], channel.ReceiveUpTo(3, 16));
    }

    private static void Until(Func<bool> condition, string what)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(elapsed.ElapsedMilliseconds < 30_000, what);
            Thread.Sleep(20);
        }
    }
}
