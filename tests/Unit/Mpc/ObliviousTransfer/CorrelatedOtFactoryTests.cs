using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness;
using Blindsight.Harness.Dealers;
using Blindsight.Mpc.ObliviousTransfer;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.ObliviousTransfer;

public sealed class CorrelatedOtFactoryTests
{
    [Theory]
    [InlineData(CorrelatedOtChoice.Iknp, 10_000_000, false)]
    [InlineData(CorrelatedOtChoice.Silent, 0, true)]
    [InlineData(CorrelatedOtChoice.Auto, 0, false)]
    [InlineData(CorrelatedOtChoice.SoftSpoken, 10_000_000, false)]
    [InlineData(CorrelatedOtChoice.Auto, 50_000, false)]
    [InlineData(CorrelatedOtChoice.Auto, 200_000, true)]
    [InlineData(CorrelatedOtChoice.Auto, 1_000_000_000, true)]
    public void Large_totals_are_extended_silently(
        CorrelatedOtChoice choice, long expected, bool silent) =>
        Assert.Equal(silent, new CorrelatedOtFactory(choice, expected).IsSilent);

    [Theory]
    [InlineData(CorrelatedOtChoice.Iknp)]
    [InlineData(CorrelatedOtChoice.SoftSpoken)]
    [InlineData(CorrelatedOtChoice.Silent)]
    public void Both_ends_fit_each_other(CorrelatedOtChoice choice)
    {
        CorrelatedOtFactory factory = new(choice, 0);
        var (pairs, choices) = BaseOtDealer.Deal(5);
        Block[] q = new Block[1000], t = new Block[1000];
        var result = TwoParties.Run(
            channel =>
            {
                using ICorrelatedOtSender sender =
                    factory.CreateSender(channel, choices, [1], "a", Prg.Derive([], "sender"));
                sender.Extend(q);
                return sender.Delta;
            },
            channel =>
            {
                using ICorrelatedOtReceiver receiver =
                    factory.CreateReceiver(channel, pairs, [1], "a", Prg.Derive([], "receiver"));
                return receiver.Extend(t);
            });
        AssertCorrelated(result.First, q, t);
    }

    private static void AssertCorrelated(Block delta, Block[] q, Block[] t)
    {
        Assert.Equal(1, delta.ToScalar() & 1);
        for (int i = 0; i < q.Length; i++)
        {
            Assert.Equal(0, q[i].ToScalar() & 1);
            Assert.Equal((t[i].ToScalar() & 1) == 0 ? q[i] : q[i] ^ delta, t[i]);
        }
    }
}
