using System.Runtime.Intrinsics;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness;
using Blindsight.Harness.Dealers;
using Blindsight.Mpc;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Extension;
using Blindsight.Mpc.ObliviousTransfer.Silent;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Silent;

public sealed class SilentOtTests
{
    private static readonly SilentSchedule Toy =
        new(LpnParameters.Toy(32, 8, 5), LpnParameters.Toy(64, 9, 6), LpnParameters.Toy(128, 40, 6));

    [Fact]
    public void Outputs_are_correlated_over_many_iterations_however_they_are_asked_for()
    {
        foreach (int[] calls in (int[][])[[1], [100], [5000], [1, 2, 3, 500, 0, 7, 2000], [.. Enumerable.Repeat(33, 100)]])
        {
            int count = calls.Sum();
            Block[] q = new Block[count], t = new Block[count];
            Block delta = Extend(Toy, calls, q, t).First.Delta;
            AssertCorrelated(delta, q, t);
        }
    }

    [Fact]
    public void The_first_real_set_runs_over_two_iterations()
    {
        const int Count = 180_000;
        Block[] q = new Block[Count], t = new Block[Count];
        Block delta = Extend(SilentSchedule.For(0), [Count], q, t).First.Delta;
        AssertCorrelated(delta, q, t);
        double deviation = Math.Sqrt(Count) / 2;
        for (int bit = 0; bit < 128; bit += 9)
        {
            int ones = t.Count(x => (x.AsUInt64()[bit / 64] >> (bit % 64) & 1) == 1);
            Assert.InRange(ones, Count / 2 - 5 * deviation, Count / 2 + 5 * deviation);
        }
    }

    [Fact]
    public void Declared_cost_is_what_the_channel_counts()
    {
        foreach (int[] calls in (int[][])[[1], [100, 60], [5000], [1, 2, 500, 0, 7, 2000]])
        {
            int count = calls.Sum();
            var result = Extend(Toy, calls, new Block[count], new Block[count]);
            ProtocolCost counted = Counted.Cost(result.FirstCounters);
            Assert.Equal(counted with { Rounds = 0 }, result.First.Declared with { Rounds = 0 });
            Assert.Equal(2, counted.Rounds);
        }
        Assert.Equal(2, Extend(Toy, [100], new Block[100], new Block[100]).First.Declared.Rounds);
    }

    [Fact]
    public void Declared_cost_of_a_real_set_is_one_block_a_level_and_tree()
    {
        LpnParameters row = LpnParameters.Table[0];
        int count = row.Samples - row.Consumed;
        var result = Extend(SilentSchedule.For(0), [count], new Block[count], new Block[count]);
        Assert.Equal(Counted.Cost(result.FirstCounters), result.First.Declared);
        Assert.InRange(result.FirstCounters.PayloadSent, row.PayloadBytes / 2, row.PayloadBytes);
    }

    [Fact]
    public void Transcript_is_stable_under_fixed_seeds() =>
        Assert.StartsWith("22ff2bc9ee8ecbe28661728a6601e3d9", Extend(Toy, [1000], new Block[1000], new Block[1000]).TranscriptHash);

    [Fact]
    public void Labels_give_independent_codes_and_indices_count_up()
    {
        Block[] q = new Block[50], other = new Block[50];
        var result = Extend(Toy, [20, 30], q, new Block[50]);
        Extend(Toy, [50], other, new Block[50], "other");
        Assert.Equal([0UL, 20UL], result.First.Indices);
        Assert.Equal(result.First.Indices, result.Second);
        Assert.Empty(q.Intersect(other));
    }

    [Fact]
    public void A_message_of_another_length_or_tag_is_refused()
    {
        AssertRefused(PeerFault.WrongLength, Tamper.Truncate);
        AssertRefused(PeerFault.WrongLength, Tamper.Extend);
        AssertRefused(PeerFault.UnexpectedMessage, Tamper.WrongTag);
    }

    [Fact]
    public void A_schedule_that_cannot_feed_itself_is_refused() =>
        Assert.Throws<ParameterException>(() => new SilentSchedule(LpnParameters.Toy(64, 5, 4)));

    private static void AssertRefused(PeerFault expected, Func<Message, Message> tamper)
    {
        var (pairs, choices) = BaseOtDealer.Deal(3);
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => Sender(new TamperedChannel(channel, 0, tamper), choices, Toy).Extend(new Block[10]),
            channel => Receiver(channel, pairs, Toy).Extend(new Block[10]));
        Assert.Equal(expected, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    private static void AssertCorrelated(Block delta, Block[] q, Block[] t)
    {
        for (int i = 0; i < q.Length; i++)
        {
            if ((q[i].ToScalar() & 1) != 0) Assert.Fail($"bit 0 of q[{i}] is set");
            if (t[i] != ((t[i].ToScalar() & 1) == 0 ? q[i] : q[i] ^ delta)) Assert.Fail($"t[{i}] is not correlated");
        }
        Assert.Equal(q.Length, q.Distinct().Count());
    }

    private static TwoPartyResult<(Block Delta, ProtocolCost Declared, ulong[] Indices), ulong[]> Extend(
        SilentSchedule schedule, int[] calls, Block[] q, Block[] t, string label = "test")
    {
        var (pairs, choices) = BaseOtDealer.Deal(7);
        return TwoParties.Run(
            channel =>
            {
                using SilentOtSender sender = Sender(channel, choices, schedule, label);
                ProtocolCost declared = default;
                List<ulong> indices = [];
                int at = 0;
                foreach (int count in calls)
                {
                    declared += sender.CostOfNext(count);
                    indices.Add(sender.Extend(q.AsSpan(at, count)));
                    at += count;
                }
                return (sender.Delta, declared, indices.ToArray());
            },
            channel =>
            {
                using SilentOtReceiver receiver = Receiver(channel, pairs, schedule, label);
                List<ulong> indices = [];
                int at = 0;
                foreach (int count in calls)
                {
                    indices.Add(receiver.Extend(t.AsSpan(at, count)));
                    at += count;
                }
                return indices.ToArray();
            });
    }

    private static SilentOtSender Sender(
        IChannel channel, Blindsight.Mpc.ObliviousTransfer.Base.BaseOtChoices choices, SilentSchedule schedule,
        string label = "test") =>
        new(channel, new IknpSender(channel, choices), schedule, [1, 2], label, Prg.Derive([], "roots"));

    private static SilentOtReceiver Receiver(
        IChannel channel, Blindsight.Mpc.ObliviousTransfer.Base.BaseOtPairs pairs, SilentSchedule schedule,
        string label = "test") =>
        new(channel, new IknpReceiver(channel, pairs, Prg.Derive([], "choices")), schedule, [1, 2], label);
}
