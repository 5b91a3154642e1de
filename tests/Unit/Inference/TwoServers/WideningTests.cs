using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Protocols;

namespace Blindsight.Unit.Inference.TwoServers;

public sealed class WideningTests
{
    [Theory]
    [InlineData(6, false)]
    [InlineData(6, true)]
    [InlineData(8, false)]
    [InlineData(8, true)]
    public void Every_number_in_range_is_lifted_and_squared_under_all_masks(int bits, bool signed)
    {
        int half = 1 << (bits - 1), lowest = signed ? -half / 2 : 0, repeats = 32 << bits;
        int[] values = [.. Enumerable.Range(0, half * repeats).Select(i => i % half + lowest)];
        (int[] wide, uint[] masks) = Run(values, bits, signed, squares: false);
        Assert.Equal(values, wide);
        // Squares reach one further up and start one lower: rounding may lead there.
        int[] moved = Array.ConvertAll(values, x => x + 1);
        Assert.Equal(moved.Select(x => x * x), Run(moved, bits, signed, squares: true).Result);
        Assert.Equal(values.Select(x => x * x), Run(values, bits, signed, squares: true).Result);
        Assert.Equal(half << bits, values.Zip(masks).Distinct().Count());
    }

    [Theory]
    [InlineData(12)]
    [InlineData(17)]
    [InlineData(24)]
    public void Squares_wrap_modulo_two_to_the_32(int bits)
    {
        int quarter = 1 << (bits - 2);
        int[] values = [-quarter, quarter - 1, 0, 1, -1, .. Enumerable.Range(0, 995).Select(i => (int)(i * 7919L * 104729 % quarter))];
        Assert.Equal(values.Select(x => unchecked(x * x)), Run(values, bits, signed: true, squares: true).Result);
        Assert.Equal(values, Run(values, bits, signed: true, squares: false).Result);
    }

    private static (int[] Result, uint[] Masks) Run(int[] values, int bits, bool signed, bool squares)
    {
        WideningShape shape = new(values.Length, bits, squares);
        (uint[] first, uint[] second) = TestParties.Share(values, bits, 5);
        var outcome = ServerTrio.Run([shape], (party, source) =>
        {
            uint[] result = new uint[values.Length];
            WideningShares shares = source.Take(shape).Consume();
            Widening.Run(party, shape, Widening.Offset(bits, signed) - (squares ? 1u : 0), new(shares), party.IsFirst ? first : second, result);
            return (result, shares.Numbers.Mask);
        });
        Assert.Equal(Widening.Cost(shape), new OpeningCost(outcome.FirstCounters.PayloadSent, (int)outcome.FirstCounters.Rounds));
        return (TestParties.Reconstruct(outcome.First.result, outcome.Second.result, 32),
            [.. outcome.First.Mask.Zip(outcome.Second.Mask, (a, b) => (a + b) & Ring.Mask(bits))]);
    }
}
