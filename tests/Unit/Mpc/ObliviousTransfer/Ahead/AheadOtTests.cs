using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness;
using Blindsight.Harness.Dealers;
using Blindsight.Mpc;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Ahead;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Ahead;

public sealed class AheadOtTests
{
    private const int Batch = TransfersAhead.BatchTransfers, Bound = Batch * TransfersAhead.BatchesMax;

    private static readonly int[] Calls = [1, 20_000, 0, Batch, 300_000, 7];

    [Theory]
    [InlineData(CorrelatedOtChoice.Silent, 0)]
    [InlineData(CorrelatedOtChoice.Silent, 40)]
    [InlineData(CorrelatedOtChoice.SoftSpoken, 0)]
    [InlineData(CorrelatedOtChoice.Iknp, 340_000)]
    public void Both_ends_hand_out_the_transfers_that_they_would_make_in_the_foreground(CorrelatedOtChoice choice, int announced)
    {
        int count = Calls.Sum();
        Block[] q = new Block[count], t = new Block[count];
        var result = Run(choice, sender =>
        {
            sender.Announce(announced);
            return Cut(Calls, q, part => sender.Extend(part.Span));
        }, receiver => Cut(Calls, t, part => receiver.Extend(part.Span)));
        Assert.Equal([0UL, 1, 20_001, 20_001, 20_001 + Batch, 320_001 + Batch], result.First.Value);
        Assert.Equal(result.First.Value, result.Second);
        for (int i = 0; i < count; i++)
            if ((q[i][0] & 1) != 0 || t[i] != ((t[i][0] & 1) == 0 ? q[i] : q[i] ^ result.First.Delta)) Assert.Fail($"transfer {i}");

        int[] batches = [.. Enumerable.Repeat(Batch, (count + Batch - 1) / Batch)];
        Block[] whole = new Block[batches.Sum()];
        Direct(choice, sender => Cut(batches, whole, part => sender.Extend(part.Span)),
            receiver => Cut(batches, new Block[whole.Length], part => receiver.Extend(part.Span)));
        Assert.Equal(whole[..count], q);
    }

    [Theory]
    [InlineData(CorrelatedOtChoice.Silent)]
    [InlineData(CorrelatedOtChoice.SoftSpoken)]
    public void Declared_cost_is_what_the_channel_counts_and_ends_with_the_batch(CorrelatedOtChoice choice)
    {
        var result = Run(choice, sender =>
        {
            ProtocolCost declared = sender.CostOfNext(100_000);
            Assert.True(declared.Payload > 0);
            sender.Extend(new Block[100_000]);
            Assert.Equal(ProtocolCost.None, sender.CostOfNext(7 * Batch - 100_000));
            Assert.True(sender.CostOfNext(100 * Batch).Payload > 0);
            return declared;
        }, receiver => receiver.Extend(new Block[100_000]));
        ProtocolCost declared = result.First.Value;
        Assert.Equal((declared.PayloadFirstToSecond, declared.PayloadSecondToFirst),
            (result.FirstCounters.PayloadSent, result.FirstCounters.PayloadReceived));
        Assert.Equal(result.FirstCounters, Mirrored(result.SecondCounters) with { Rounds = result.FirstCounters.Rounds });
    }

    [Fact]
    public void No_more_is_made_ahead_than_announced_or_the_bound()
    {
        (FramedChannel channel, FramedChannel other) = InMemoryChannel.CreatePair();
        using (channel)
        using (other)
        {
            DealtCorrelatedOt made = new(1);
            using AheadOtSender sender = new("server sends", channel, made);
            Assert.Equal(0UL, Settled(sender, made));
            sender.Announce(Batch + 1);
            Assert.Equal(2UL * Batch, Settled(sender, made));
            sender.Announce(long.MaxValue / 2);
            Assert.Equal((ulong)Bound, Settled(sender, made));
            sender.Extend(new Block[Batch - 1]);
            Assert.Equal((ulong)Bound, Settled(sender, made));
            sender.Extend(new Block[1]);
            Assert.Equal((ulong)Bound + Batch, Settled(sender, made));
            sender.Extend(new Block[2 * Bound]);
            Assert.Equal(3UL * Bound + Batch, Settled(sender, made));
        }
    }

    [Fact]
    public void What_was_handed_out_is_not_kept()
    {
        (FramedChannel channel, FramedChannel other) = InMemoryChannel.CreatePair();
        using (channel)
        using (other)
        {
            TransfersAhead ahead = new("server sends", channel, blocks => { blocks.Fill(Block.AllBitsSet); return 0; }, _ => default);
            Block[] taken = new Block[Bound];
            ahead.Take(taken);
            Assert.All(taken, block => Assert.Equal(Block.AllBitsSet, block));
            Assert.Equal(0, ahead.Held(Block.AllBitsSet));
            ahead.Announce(10);
            ahead.CostOfNext(0);
            Assert.Equal(Batch, ahead.Held(Block.AllBitsSet));
            ahead.Dispose();
            Assert.Throws<ObjectDisposedException>(() => ahead.Take(taken));
        }
    }

    [Fact]
    public void What_the_peer_needs_to_come_as_far_is_sent_before_a_wait()
    {
        (FramedChannel sending, FramedChannel receiving) = InMemoryChannel.CreatePair();
        using (sending)
        using (receiving)
            TwoParties.Run(
                main =>
                {
                    using AheadOtReceiver receiver = Receiver(CorrelatedOtChoice.Silent, receiving, main.Flush);
                    main.Send(1, []);
                    receiver.Extend(new Block[10]);
                },
                main =>
                {
                    using AheadOtSender sender = Sender(CorrelatedOtChoice.Silent, sending);
                    main.Receive(1, []);
                    sender.Extend(new Block[10]);
                }, timeoutMs: 20_000);
    }

    [Fact]
    public void A_peers_fault_on_the_thread_is_named_where_transfers_are_asked_for()
    {
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel =>
            {
                TamperedChannel tampered = new(channel, 0, Tamper.Truncate);
                using AheadOtSender sender = Sender(CorrelatedOtChoice.Silent, tampered);
                sender.Extend(new Block[40]);
            },
            channel =>
            {
                TamperedChannel tampered = new(channel, 1, Tamper.WrongTag);
                using AheadOtReceiver receiver = Receiver(CorrelatedOtChoice.Silent, tampered);
                receiver.Extend(new Block[40]);
            });
        ProtocolException fault = Assert.IsType<ProtocolException>(faults.First);
        Assert.Equal(PeerFault.UnexpectedMessage, fault.Fault);
        Assert.Contains("transfers that the server sends", fault.Message);
        Assert.IsType<ProtocolException>(faults.Second);
    }

    [Fact]
    public void A_peer_that_stays_silent_is_a_fault_in_time()
    {
        (FramedChannel channel, FramedChannel other) = InMemoryChannel.CreatePair(ChannelOptions.Default with { TimeoutMs = 50 });
        using (channel)
        using (other)
        using (AheadOtSender sender = Sender(CorrelatedOtChoice.SoftSpoken, channel))
            Assert.Equal(PeerFault.TimedOut, Assert.Throws<ProtocolException>(() => sender.Extend(new Block[1])).Fault);
    }

    [Fact]
    public void Joining_runs_first_and_its_fault_counts()
    {
        (FramedChannel channel, FramedChannel other) = InMemoryChannel.CreatePair();
        using (channel)
        using (other)
        using (AheadOtSender sender = new("server sends", channel, new DealtCorrelatedOt(1),
            () => throw new ProtocolException(PeerFault.RefusedByPeer, "joining", "no")))
            Assert.Equal(PeerFault.RefusedByPeer, Assert.Throws<ProtocolException>(() => sender.Extend(new Block[1])).Fault);
    }

    [Fact]
    public void Disposal_and_abortion_end_a_thread_that_waits_for_the_peer()
    {
        (FramedChannel channel, FramedChannel other) = InMemoryChannel.CreatePair();
        using (channel)
        using (other)
        {
            AheadOtSender sender = Sender(CorrelatedOtChoice.SoftSpoken, channel);
            sender.Announce(1);
            sender.Dispose();
            Assert.Equal(default, sender.Delta);
        }
        (channel, other) = InMemoryChannel.CreatePair();
        using (channel)
        using (other)
        using (AheadOtSender sender = Sender(CorrelatedOtChoice.SoftSpoken, channel))
        {
            sender.Announce(1);
            using Timer timer = new(_ => channel.Abort(), null, 30, Timeout.Infinite);
            Assert.Throws<OperationCanceledException>(() => sender.Extend(new Block[1]));
        }
    }

    /// <summary>How much has been made once the thread has nothing to do.</summary>
    private static ulong Settled(AheadOtSender sender, DealtCorrelatedOt made)
    {
        sender.CostOfNext(0);
        return made.NextIndex;
    }

    private static ulong[] Cut(int[] calls, Block[] blocks, Func<Memory<Block>, ulong> extend)
    {
        List<ulong> indices = [];
        int at = 0;
        foreach (int call in calls)
        {
            indices.Add(extend(blocks.AsMemory(at, call)));
            at += call;
        }
        return [.. indices];
    }

    private static ChannelCounters Mirrored(ChannelCounters counters) => new(
        counters.PayloadReceived, counters.PayloadSent, counters.MessagesReceived, counters.MessagesSent, counters.Rounds);

    private static TwoPartyResult<(Block Delta, T Value), U> Run<T, U>(
        CorrelatedOtChoice choice, Func<AheadOtSender, T> sending, Func<AheadOtReceiver, U> receiving) =>
        TwoParties.Run(
            channel =>
            {
                using AheadOtSender sender = Sender(choice, channel);
                return (sender.Delta, sending(sender));
            },
            channel =>
            {
                using AheadOtReceiver receiver = Receiver(choice, channel);
                return receiving(receiver);
            });

    private static void Direct(CorrelatedOtChoice choice, Action<ICorrelatedOtSender> sending, Action<ICorrelatedOtReceiver> receiving)
    {
        var (pairs, choices) = BaseOtDealer.Deal(5);
        TwoParties.Run(
            channel => sending(new CorrelatedOtFactory(choice, 0).CreateSender(channel, choices, [1], "a", Prg.Derive([], "sender"))),
            channel => receiving(new CorrelatedOtFactory(choice, 0).CreateReceiver(channel, pairs, [1], "a", Prg.Derive([], "receiver"))));
    }

    private static AheadOtSender Sender(CorrelatedOtChoice choice, IChannel channel) => new("server sends", channel,
        new CorrelatedOtFactory(choice, 0).CreateSender(channel, BaseOtDealer.Deal(5).Choices, [1], "a", Prg.Derive([], "sender")));

    private static AheadOtReceiver Receiver(CorrelatedOtChoice choice, IChannel channel, Action? beforeWaiting = null) => new("server sends", channel,
        new CorrelatedOtFactory(choice, 0).CreateReceiver(channel, BaseOtDealer.Deal(5).Pairs, [1], "a", Prg.Derive([], "receiver")), null, beforeWaiting);
}
