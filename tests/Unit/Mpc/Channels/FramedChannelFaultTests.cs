using Blindsight.Harness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Mpc.Channels;

public sealed class FramedChannelFaultTests
{
    [Fact]
    public void A_wrong_tag_is_an_unexpected_message() =>
        AssertFault(PeerFault.UnexpectedMessage, c => c.Send(1, [1]), c => c.Receive(2, new byte[1]));

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(1 << 20)]
    public void A_message_of_another_length_is_refused(int length) =>
        AssertFault(PeerFault.WrongLength, c => c.Send(1, new byte[length]), c => c.Receive(1, new byte[4]));

    [Fact]
    public void A_message_above_the_maximum_is_refused_before_it_is_read() =>
        AssertFault(PeerFault.WrongLength, c => c.Send(1, new byte[11]), c => c.ReceiveUpTo(1, 10));

    [Fact]
    public void A_link_that_closes_before_a_message_is_a_disconnection() =>
        AssertFault(PeerFault.Disconnected, _ => { }, c => c.Receive(1, new byte[1]));

    [Fact]
    public void A_link_that_closes_within_a_message_is_a_disconnection()
    {
        (InMemoryLink raw, InMemoryLink link) = InMemoryLink.CreatePair();
        byte[] frame = new byte[FrameHeader.Bytes + 3];
        new FrameHeader(10, 1, 1).Write(frame);
        raw.Write(frame, 1000);
        raw.Dispose();
        using FramedChannel channel = new(link);
        Assert.Equal(PeerFault.Disconnected,
            Assert.Throws<ProtocolException>(() => channel.Receive(1, new byte[10])).Fault);
    }

    [Fact]
    public void A_length_of_four_gigabytes_costs_no_memory()
    {
        (InMemoryLink raw, InMemoryLink link) = InMemoryLink.CreatePair();
        byte[] frame = new byte[FrameHeader.Bytes];
        new FrameHeader(uint.MaxValue, 1, 1).Write(frame);
        raw.Write(frame, 1000);
        using FramedChannel channel = new(link);
        Assert.Equal(PeerFault.WrongLength, Assert.Throws<ProtocolException>(() => channel.ReceiveUpTo(1, 64)).Fault);
        raw.Dispose();
    }

    [Fact]
    public void A_silent_peer_is_a_timeout()
    {
        (FramedChannel first, FramedChannel second) = InMemoryChannel.CreatePair(new ChannelOptions { TimeoutMs = 50 });
        using (first)
        using (second)
            Assert.Equal(PeerFault.TimedOut,
                Assert.Throws<ProtocolException>(() => first.Receive(1, new byte[1])).Fault);
    }

    [Fact]
    public void A_peer_that_does_not_read_is_a_timeout()
    {
        ChannelOptions options = new() { TimeoutMs = 50, MaximumQueuedBytes = OutgoingQueue.ChunkBytes };
        (FramedChannel first, FramedChannel second) = InMemoryChannel.CreatePair(options);
        using (first)
        using (second)
            Assert.Equal(PeerFault.TimedOut, Assert.Throws<ProtocolException>(() =>
            {
                for (int i = 0; i < 100; i++) first.Send(1, new byte[OutgoingQueue.ChunkBytes]);
            }).Fault);
    }

    [Fact]
    public void After_a_fault_every_call_fails_with_the_same_exception()
    {
        (FramedChannel first, FramedChannel second) = InMemoryChannel.CreatePair();
        using (second)
        {
            first.Send(1, [1]);
            first.Flush();
            ProtocolException fault = Assert.Throws<ProtocolException>(() => second.Receive(2, new byte[1]));
            Assert.Same(fault, Assert.Throws<ProtocolException>(() => second.Receive(1, new byte[1])));
            Assert.Same(fault, Assert.Throws<ProtocolException>(() => second.ReceiveUpTo(1, 1)));
            Assert.Same(fault, Assert.Throws<ProtocolException>(() => second.Send(1, [1])));
            Assert.Same(fault, Assert.Throws<ProtocolException>(second.Flush));
        }
        Assert.Equal(PeerFault.Disconnected,
            Assert.Throws<ProtocolException>(() => first.Receive(1, new byte[1])).Fault);
        first.Dispose();
    }

    [Fact]
    public void Cancellation_wakes_a_waiting_receive()
    {
        using CancellationTokenSource source = new();
        (InMemoryLink one, InMemoryLink other) = InMemoryLink.CreatePair();
        using (other)
        using (FramedChannel first = new(one, cancellation: source.Token))
        {
            source.CancelAfter(30);
            Assert.Throws<OperationCanceledException>(() => first.Receive(1, new byte[1]));
            Assert.Throws<OperationCanceledException>(() => first.Send(1, [1]));
        }
    }

    [Fact]
    public void Abort_wakes_a_waiting_receive()
    {
        (FramedChannel first, FramedChannel second) = InMemoryChannel.CreatePair();
        using (first)
        using (second)
        {
            Thread other = new(() => { Thread.Sleep(30); first.Abort(); });
            other.Start();
            Assert.Throws<OperationCanceledException>(() => first.Receive(1, new byte[1]));
            other.Join();
        }
    }

    [Fact]
    public void A_disposed_channel_says_so()
    {
        (FramedChannel first, FramedChannel second) = InMemoryChannel.CreatePair();
        first.Dispose();
        second.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Send(1, []));
    }

    [Fact]
    public void Disposal_delivers_what_was_queued()
    {
        byte[] sent = new byte[5 << 20];
        new Random(1).NextBytes(sent);
        var result = TwoParties.Run(
            c => { c.Send(1, sent); return 0; },
            c => { Thread.Sleep(50); return c.ReceiveUpTo(1, sent.Length); });
        Assert.Equal(sent, result.Second);
    }

    [Fact]
    public void Random_bytes_never_do_more_than_fault()
    {
        Random random = new(20240601);
        for (int round = 0; round < 300; round++)
        {
            byte[] noise = new byte[random.Next(0, 200)];
            random.NextBytes(noise);
            if (noise.Length >= 8 && random.Next(2) == 0) new FrameHeader((uint)random.Next(64), 1, noise[7]).Write(noise);
            (InMemoryLink raw, InMemoryLink link) = InMemoryLink.CreatePair();
            if (noise.Length > 0) raw.Write(noise, 1000);
            raw.Dispose();
            using FramedChannel channel = new(link);
            Assert.Throws<ProtocolException>((Action)(() => { while (true) channel.ReceiveUpTo(1, 128); }));
            Assert.InRange(channel.Counters.Rounds, 0, 1);
        }
    }

    private static void AssertFault(PeerFault expected, Action<IChannel> first, Action<IChannel> second)
    {
        TwoPartyFaults faults = TwoParties.RunToFault(first, second);
        Assert.Equal(expected, Assert.IsType<ProtocolException>(faults.Second).Fault);
        Assert.Same(faults.Second, faults.Root);
    }
}
