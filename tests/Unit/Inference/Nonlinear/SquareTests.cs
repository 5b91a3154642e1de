using Blindsight.Harness;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Unit.Inference.Nonlinear;

public sealed class SquareTests
{
    [Fact]
    public void Squares_agree_with_the_integers_modulo_2_to_the_32()
    {
        int[] values = [0, 1, -1, 32767, -32768, int.MaxValue, int.MinValue, .. Enumerable.Range(0, 200).Select(i => i * 7919 - 500_000)];
        (uint[] client, uint[] server) = TestParties.Share(values, 32, 4);
        Square square = new(values.Length);
        var result = TestParties.Run(party => Run(party, square, client), party => Run(party, square, server));
        Assert.Equal(values.Select(value => unchecked(value * value)), TestParties.Reconstruct(result.First, result.Second, 32));
        (long up, long down) = square.Cost();
        Assert.Equal(up, result.FirstCounters.PayloadSent);
        Assert.Equal(down, result.FirstCounters.PayloadReceived);
    }

    private static uint[] Run(Party party, Square square, uint[] share)
    {
        Square.Correlation pair = square.Prepare(party);
        uint[] result = new uint[share.Length];
        square.Run(party, pair, share, result);
        Assert.Throws<InvalidOperationException>(() => square.Run(party, pair, share, result));
        return result;
    }
}
