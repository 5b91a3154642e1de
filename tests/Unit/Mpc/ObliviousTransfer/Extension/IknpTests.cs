using System.Numerics;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness.Dealers;
using Blindsight.Mpc;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Extension;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Extension;

public sealed class IknpTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(20000)]
    public void Outputs_are_correlated_by_delta_and_choices_are_the_low_bits(int count)
    {
        (Block delta, Block[] q, Block[] t, _) = Extend(count);
        Assert.Equal(1, delta.ToScalar() & 1);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(0, q[i].ToScalar() & 1);
            Assert.Equal((t[i].ToScalar() & 1) == 0 ? q[i] : q[i] ^ delta, t[i]);
        }
        Assert.Equal(count, q.Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(20000)]
    public void Declared_cost_is_what_the_channel_counts(int count)
    {
        (TestLink sender, TestLink receiver) pair = TestLink.Pair();
        (_, _, _, ProtocolCost declared) = Extend(count, pair);
        ChannelCounters counted = pair.receiver.Counters;
        Assert.Equal(IknpLayout.CostOf(count), declared);
        Assert.Equal(declared, new ProtocolCost(
            counted.PayloadReceived, counted.PayloadSent, counted.MessagesReceived, counted.MessagesSent, counted.Rounds));
    }

    [Fact]
    public void Choices_and_output_bits_are_balanced()
    {
        const int Count = 40_000;
        (_, Block[] q, Block[] t, _) = Extend(Count);
        double deviation = Math.Sqrt(Count) / 2;
        for (int bit = 0; bit < 128; bit++)
        {
            int ones = t.Count(x => (x.AsUInt64()[bit / 64] >> (bit % 64) & 1) == 1);
            Assert.InRange(ones, Count / 2 - 5 * deviation, Count / 2 + 5 * deviation);
        }
        Assert.All(q, x => Assert.NotEqual(default, x));
    }

    [Fact]
    public void Indices_never_repeat_and_calls_continue_the_streams()
    {
        var (pairs, choices) = BaseOtDealer.Deal(3);
        Block[] q = new Block[300], t = new Block[300];
        var (first, second) = TestLink.Run(
            channel =>
            {
                using IknpSender sender = new(channel, choices);
                return (sender.Extend(q.AsSpan(0, 100)), sender.Extend(q.AsSpan(100, 200)), sender.NextIndex);
            },
            channel =>
            {
                using IknpReceiver receiver = new(channel, pairs, Prg.Derive([], "choices"));
                return (receiver.Extend(t.AsSpan(0, 100)), receiver.Extend(t.AsSpan(100, 200)), receiver.NextIndex);
            });
        Assert.Equal((0UL, 100UL, 300UL), first);
        Assert.Equal(first, second);
        Assert.Equal(300, q.Distinct().Count());
    }

    [Fact]
    public void Transcript_is_stable_under_fixed_seeds()
    {
        (TestLink sender, TestLink receiver) pair = TestLink.Pair();
        Extend(1000, pair);
        Assert.Equal("3C39C2DEFC9B211712C6AE2F24A159C2", pair.receiver.TranscriptHash());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_message_of_another_length_is_refused(int extraBytes)
    {
        (TestLink sender, TestLink receiver) pair = TestLink.Pair();
        var (_, choices) = BaseOtDealer.Deal(3);
        pair.receiver.Send(0x0201, new byte[127 * 16 + extraBytes]);
        using IknpSender sender = new(pair.sender, choices);
        Block[] q = new Block[128];
        ProtocolException fault = Assert.Throws<ProtocolException>(() => sender.Extend(q));
        Assert.Equal(PeerFault.WrongLength, fault.Fault);
    }

    private static (Block Delta, Block[] Q, Block[] T, ProtocolCost Declared) Extend(
        int count, (TestLink, TestLink)? pair = null)
    {
        var (pairs, choices) = BaseOtDealer.Deal(7);
        Block[] q = new Block[count], t = new Block[count];
        var (sent, _) = TestLink.Run(
            pair ?? TestLink.Pair(),
            channel =>
            {
                using IknpSender sender = new(channel, choices);
                (Block, ProtocolCost) known = (sender.Delta, sender.CostOfNext(count));
                sender.Extend(q);
                return known;
            },
            channel =>
            {
                using IknpReceiver receiver = new(channel, pairs, Prg.Derive([], "choices"));
                return receiver.Extend(t);
            });
        return (sent.Item1, q, t, sent.Item2);
    }
}
