using Blindsight.Harness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Mpc.Channels;

public sealed class FramedChannelTests
{
    [Fact]
    public void Messages_arrive_in_order_and_are_counted_with_their_headers()
    {
        var result = TwoParties.Run(
            channel =>
            {
                channel.Send(1, [1, 2, 3]);
                channel.Send(2, []);
                channel.Send(3, new byte[1000]);
                return channel.Counters;
            },
            channel =>
            {
                byte[] three = new byte[3], thousand = new byte[1000];
                channel.Receive(1, three);
                channel.Receive(2, []);
                channel.Receive(3, thousand);
                return three;
            });
        Assert.Equal(new byte[] { 1, 2, 3 }, result.Second);
        Assert.Equal(1003 + 3 * 8, result.FirstCounters.BytesSent);
        Assert.Equal(result.FirstCounters.BytesSent, result.SecondCounters.BytesReceived);
        Assert.Equal(0, result.SecondCounters.BytesSent);
    }

    [Fact]
    public void A_first_messages_tag_can_be_seen_before_it_is_taken()
    {
        (FramedChannel a, FramedChannel b) = InMemoryChannel.CreatePair();
        using (a)
        using (b)
        {
            byte[] three = new byte[3];
            a.Send(5, [1, 2, 3]);
            a.Send(6, []);
            a.Flush();
            Assert.Equal(5, b.PeekTag(1000));
            Assert.Equal(5, b.PeekTag(1000));
            Assert.Equal((0, 0), (b.Counters.MessagesReceived, b.Counters.Rounds));
            b.Receive(5, three);
            Assert.Equal((1, 3, 1), (b.Counters.MessagesReceived, b.Counters.PayloadReceived, b.Counters.Rounds));
            Assert.Equal(new byte[] { 1, 2, 3 }, three);
            b.Receive(6, []);
            Assert.Equal(PeerFault.TimedOut, Assert.Throws<ProtocolException>(() => b.PeekTag(20)).Fault);
        }
    }

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
        var result = TwoParties.Run(c => Exchange(c, 1), c => Exchange(c, 2));
        Assert.Equal(-1, result.First.AsSpan().IndexOfAnyExcept((byte)2));
        Assert.Equal(-1, result.Second.AsSpan().IndexOfAnyExcept((byte)1));
        Assert.Equal(1, result.FirstCounters.Rounds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(OutgoingQueue.ChunkBytes - FrameHeader.Bytes)]
    [InlineData(OutgoingQueue.ChunkBytes - FrameHeader.Bytes + 1)]
    [InlineData(OutgoingQueue.ChunkBytes)]
    [InlineData(3 * OutgoingQueue.ChunkBytes + 5)]
    public void Messages_survive_every_relation_to_the_chunk(int length)
    {
        byte[] sent = new byte[length];
        new Random(length).NextBytes(sent);
        var result = TwoParties.Run(
            channel => { for (int i = 0; i < 3; i++) channel.Send(9, sent); return 0; },
            channel => Enumerable.Range(0, 3).Select(_ => channel.ReceiveUpTo(9, length)).ToArray());
        Assert.All(result.Second, received => Assert.Equal(sent, received));
    }

    [Fact]
    public void Ping_pong_is_two_rounds_and_consecutive_sends_are_one()
    {
        var pingPong = TwoParties.Run(
            c => { c.Send(1, [0]); c.Receive(2, new byte[1]); },
            c => { c.Receive(1, new byte[1]); c.Send(2, [0]); });
        Assert.Equal((2, 2), (pingPong.FirstCounters.Rounds, pingPong.SecondCounters.Rounds));

        var consecutive = TwoParties.Run(
            c => { for (int i = 0; i < 5; i++) c.Send(1, [0]); },
            c => { for (int i = 0; i < 5; i++) c.Receive(1, new byte[1]); });
        Assert.Equal((1, 1), (consecutive.FirstCounters.Rounds, consecutive.SecondCounters.Rounds));
    }

    [Fact]
    public void Repeated_simultaneous_exchanges_are_one_round_each()
    {
        void Exchange(IChannel channel)
        {
            for (int i = 0; i < 10; i++)
            {
                channel.Send(1, [0]);
                channel.Receive(1, new byte[1]);
            }
        }
        var result = TwoParties.Run(Exchange, Exchange);
        Assert.Equal((10, 10), (result.FirstCounters.Rounds, result.SecondCounters.Rounds));
    }

    [Fact]
    public void Steady_state_allocates_nothing()
    {
        byte[] payload = new byte[300_000], buffer = new byte[300_000];
        (FramedChannel first, FramedChannel second) = InMemoryChannel.CreatePair();
        using (first)
        using (second)
        {
            Thread peer = new(() => { for (int i = 0; i < 120; i++) { second.Receive(1, buffer); second.Send(2, [1]); second.Flush(); } });
            peer.Start();
            byte[] reply = new byte[1];
            long before = 0;
            for (int i = 0; i < 120; i++)
            {
                if (i == 100) before = GC.GetAllocatedBytesForCurrentThread();
                first.Send(1, payload);
                first.Receive(2, reply);
            }
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            peer.Join();
        }
    }

    [Fact]
    public void Transcripts_do_not_depend_on_how_the_directions_interleave()
    {
        string Transcript(int delayMs) => TwoParties.Run(
            c => { c.Send(1, [1]); Thread.Sleep(delayMs); c.Send(2, [2]); c.Receive(3, new byte[1]); },
            c => { c.Send(3, [3]); c.Receive(1, new byte[1]); c.Receive(2, new byte[1]); }).TranscriptHash;
        Assert.Equal(Transcript(0), Transcript(20));
    }
}
