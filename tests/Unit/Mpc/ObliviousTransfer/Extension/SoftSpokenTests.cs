using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness;
using Blindsight.Harness.Dealers;
using Blindsight.Mpc;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Extension;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Extension;

public sealed class SoftSpokenTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(1100)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(20000)]
    public void Outputs_are_correlated_by_delta_and_choices_are_the_low_bits(int count)
    {
        Block[] q = new Block[count], t = new Block[count];
        Block delta = Extend(q, t).First.Delta;
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
        var result = Extend(new Block[count], new Block[count]);
        Assert.Equal(SoftSpokenLayout.CostOf(count, first: true), result.First.Declared);
        Assert.Equal(result.First.Declared, Counted.Cost(result.FirstCounters));
        Assert.Equal(result.First.Declared, Counted.Cost(result.SecondCounters).Swapped());
    }

    [Fact]
    public void Output_bits_are_balanced()
    {
        const int Count = 40_000;
        Block[] t = new Block[Count];
        Extend(new Block[Count], t);
        double deviation = Math.Sqrt(Count) / 2;
        for (int bit = 0; bit < 128; bit++)
        {
            int ones = t.Count(x => (x.AsUInt64()[bit / 64] >> (bit % 64) & 1) == 1);
            Assert.InRange(ones, Count / 2 - 5 * deviation, Count / 2 + 5 * deviation);
        }
    }

    [Fact]
    public void Indices_never_repeat_and_calls_continue_the_streams()
    {
        var (pairs, choices) = BaseOtDealer.Deal(3);
        Block[] q = new Block[300], t = new Block[300];
        var result = TwoParties.Run(
            channel =>
            {
                using SoftSpokenSender sender = new(channel, choices);
                return (sender.Extend(q.AsSpan(0, 100)), sender.Extend(q.AsSpan(100, 200)), sender.NextIndex);
            },
            channel =>
            {
                using SoftSpokenReceiver receiver = new(channel, pairs, Prg.Derive([], "choices"));
                return (receiver.Extend(t.AsSpan(0, 100)), receiver.Extend(t.AsSpan(100, 200)), receiver.NextIndex);
            });
        Assert.Equal((0UL, 100UL, 300UL), result.First);
        Assert.Equal(result.First, result.Second);
        Assert.Equal(300, q.Distinct().Count());
    }

    [Fact]
    public void Transcript_is_stable_under_fixed_seeds() =>
        Assert.StartsWith("e5c9436061c5248ff17dccc11c36e27c", Extend(new Block[1000], new Block[1000]).TranscriptHash);

    [Fact]
    public void A_message_of_another_length_or_tag_is_refused()
    {
        foreach (int index in (int[])[0, 1])
        {
            AssertRefused(PeerFault.WrongLength, index, Tamper.Truncate);
            AssertRefused(PeerFault.WrongLength, index, Tamper.Extend);
            AssertRefused(PeerFault.UnexpectedMessage, index, Tamper.WrongTag);
        }
    }

    private static void AssertRefused(PeerFault expected, int index, Func<Message, Message> tamper)
    {
        var (pairs, choices) = BaseOtDealer.Deal(3);
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => new SoftSpokenSender(channel, choices).Extend(new Block[128]),
            channel => new SoftSpokenReceiver(new TamperedChannel(channel, index, tamper), pairs, Prg.Derive([], "choices"))
                .Extend(new Block[128]));
        Assert.Equal(expected, Assert.IsType<ProtocolException>(faults.First).Fault);
    }

    private static TwoPartyResult<(Block Delta, ProtocolCost Declared), ulong> Extend(Block[] q, Block[] t)
    {
        var (pairs, choices) = BaseOtDealer.Deal(7);
        return TwoParties.Run(
            channel =>
            {
                using SoftSpokenSender sender = new(channel, choices);
                (Block, ProtocolCost) known = (sender.Delta, sender.CostOfNext(q.Length));
                sender.Extend(q);
                return known;
            },
            channel =>
            {
                using SoftSpokenReceiver receiver = new(channel, pairs, Prg.Derive([], "choices"));
                return receiver.Extend(t);
            });
    }
}
