using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Unit.Inference.Nonlinear;

public sealed class SquareTests
{
    [Theory]
    [InlineData(7, false, 0, 12, true)]
    [InlineData(7, true, 0, 12, false)]
    [InlineData(8, true, 0, 13, true)]
    [InlineData(8, true, 3, 12, true)]
    [InlineData(8, false, 2, 9, false)]
    [InlineData(8, true, 1, 32, false)]
    public void Squares_agree_with_the_integers_for_every_pair_of_shares(int bits, bool signed, int shift, int resultBits, bool knownOffline)
    {
        int ring = 1 << bits;
        List<uint> client = [], server = [];
        for (uint a = 0; a < ring; a++)
            for (uint b = 0; b < ring; b++)
            {
                int x = Ring.Signed(a + b, bits);
                if (signed ? x < -ring / 4 || x > ring / 4 : x < 0) continue;
                client.Add(a);
                server.Add(b);
            }
        Square square = new(client.Count, bits, signed, shift, resultBits, knownOffline);
        var result = TestParties.Run(party => Run(party, square, client, knownOffline), party => Run(party, square, server, knownOffline));
        double up = 0;
        for (int i = 0; i < client.Count; i++)
        {
            int x = Ring.Signed(client[i] + server[i], bits), actual = Ring.Signed(result.First[i] + result.Second[i], resultBits);
            int lower = x >> shift, upper = (x + (1 << shift) - 1) >> shift;
            bool isUpper = actual == Ring.Signed((uint)(upper * upper), resultBits);
            Assert.True(isUpper || actual == Ring.Signed((uint)(lower * lower), resultBits), $"{x} -> {actual}");
            up += Math.ScaleB(x, -shift) - (isUpper ? upper : lower);
        }
        // Over all shares of a number it is rounded up as often as its fraction.
        Assert.Equal(0, up);
        (long sent, long received) = Tally.Of(square.Prepare, square.FixNumbers, square.Run).Bytes;
        Assert.Equal(sent, result.FirstCounters.PayloadSent);
        Assert.Equal(received, result.FirstCounters.PayloadReceived);
    }

    [Fact]
    public void A_square_of_twelve_bits_takes_25_bytes_before_the_input_and_the_results_bits_after()
    {
        const int Elements = 8000;
        Square square = new(Elements, 16, true, 4, 22, true);
        Tally tally = Tally.Of(square.Prepare, square.Run);
        (long up, long down) = tally.Bytes;
        Assert.Equal(Enumerable.Range(11, 11).Sum() + 2 * 10 + 1, 8.0 * up / Elements, 3);
        Assert.Equal(22, 8.0 * down / Elements, 3);
        Assert.Equal(new Transfers(Elements, 13 * Elements), tally.Transfers);
    }

    [Theory]
    [InlineData(7, 4, 12)]
    [InlineData(16, 4, 13)]
    [InlineData(16, 4, 33)]
    public void Widths_that_would_open_secrets_are_refused(int bits, int shift, int resultBits) =>
        Assert.Throws<ArgumentException>(() => new Square(1, bits, true, shift, resultBits, true));

    [Fact]
    public void Long_vectors_are_squared_in_runs()
    {
        int[] values = [.. Enumerable.Range(0, 20_000).Select(i => i * 7919 % 8000 - 4000)];
        (uint[] client, uint[] server) = TestParties.Share(values, 16, 4);
        Square square = new(values.Length, 16, true, 0, 32, true);
        var result = TestParties.Run(party => Run(party, square, [.. client], true), party => Run(party, square, [.. server], true));
        Assert.Equal(values.Select(value => value * value), TestParties.Reconstruct(result.First, result.Second, 32));
    }

    private static uint[] Run(Party party, Square square, List<uint> share, bool knownOffline)
    {
        uint[] own = [.. share], result = new uint[share.Count];
        Square.Correlation correlation = square.Prepare(party, knownOffline && !party.IsServer ? own : []);
        square.FixNumbers(party, correlation, own);
        square.Run(party, correlation, own, result);
        Assert.Throws<InvalidOperationException>(() => square.Run(party, correlation, own, result));
        return result;
    }
}
