using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness;
using Blindsight.Harness.Dealers;
using Blindsight.Mpc;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Silent;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Silent;

public sealed class SilentCostTests
{
    private const long LargeModel = 60_000_000;
    private const double BitsMax = 0.4;

    [Fact]
    public void A_large_models_transfers_cost_at_most_two_fifths_of_a_bit_each_bootstrap_and_framing_included()
    {
        const int Chunk = 1 << 18;
        CorrelatedOtFactory factory = new(CorrelatedOtChoice.Auto, LargeModel);
        Assert.True(factory.IsSilent);
        var (pairs, choices) = BaseOtDealer.Deal(11);
        var result = TwoParties.Run(
            channel =>
            {
                using ICorrelatedOtSender sender = factory.CreateSender(channel, choices, [1], "large", Prg.Derive([], "sender"));
                ProtocolCost declared = sender.CostOfNext(LargeModel);
                Block[] q = new Block[Chunk];
                for (long left = LargeModel; left > 0; left -= Chunk) sender.Extend(q.AsSpan(0, (int)Math.Min(left, Chunk)));
                return declared;
            },
            channel =>
            {
                using ICorrelatedOtReceiver receiver = factory.CreateReceiver(channel, pairs, [1], "large", Prg.Derive([], "receiver"));
                Block[] t = new Block[Chunk];
                for (long left = LargeModel; left > 0; left -= Chunk) receiver.Extend(t.AsSpan(0, (int)Math.Min(left, Chunk)));
                return true;
            });
        Assert.Equal(result.First with { Rounds = 0 }, Counted.Cost(result.FirstCounters) with { Rounds = 0 });
        Assert.InRange(8.0 * result.First.Payload / LargeModel, 0.1, BitsMax);
        Assert.InRange(8.0 * (result.FirstCounters.BytesSent + result.FirstCounters.BytesReceived) / LargeModel, 0.1, BitsMax);
    }

    /// <summary>The largest set alone, past the climb; what a session that lives long comes to.</summary>
    [Fact]
    public void In_the_long_run_an_iteration_of_the_largest_set_costs_a_quarter_of_a_bit()
    {
        SilentSchedule schedule = SilentSchedule.For(1_000_000_000);
        Assert.Same(LpnParameters.Table[^1], schedule.At(100));
        Assert.InRange(8.0 * schedule.At(100).PayloadBytes / schedule.Delivered(100), 0.1, 0.25);
    }
}
