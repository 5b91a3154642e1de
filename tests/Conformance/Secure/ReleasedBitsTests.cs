using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Conformance.Secure;

/// <summary>
/// What a client can learn by asking the same input again and again. The error of a linear layer is a linear function of the weights whose
/// coefficients the client knows; here it is made ten times larger than the compile rule allows on average. From raw
/// accumulators least squares recovers the weights, and from truncated outputs so do the thresholds that the client knows; from
/// outputs truncated as released neither recovers anything.
/// </summary>
public sealed class ReleasedBitsTests
{
    private const int Weights = 8, Queries = 20_000, Shift = 16, RingBits = 16;
    private const int Weight = 13, Largest = 20;
    private const long Unit = 1L << Shift;
    private static readonly int[] Secret = [3, -7, 5, 11, -2, 9, -13, 4];

    [Fact]
    public void Raw_accumulators_would_give_the_weights_away() =>
        Assert.True(Correlation(Fit(released: false)) > 0.99);

    [Fact]
    public void Released_outputs_show_nothing_of_the_weights()
    {
        double[] fit = Fit(released: true);
        double deviation = Math.ScaleB(0.5, Shift) / (Math.Sqrt(Queries) * 3.2);
        Assert.All(fit, weight => Assert.InRange(weight, -5 * deviation, 5 * deviation));
        Assert.True(Math.Abs(Correlation(fit)) < 0.9);
    }

    [Fact]
    public void Thresholds_that_the_client_knows_single_out_a_weight_where_nothing_dithers()
    {
        bool[] left = Bound(released: false, lowest: -Unit, width: Unit);
        Assert.True(left[Weight + Largest]);
        Assert.InRange(left.Count(possible => possible), 1, 5);
    }

    [Fact]
    public void The_dither_blunts_them_so_that_no_weight_is_ruled_out()
    {
        Assert.DoesNotContain(true, Bound(released: true, lowest: -Unit / 2, width: Unit));
        Assert.DoesNotContain(false, Bound(released: true, lowest: -Unit, width: 3 * Unit / 2));
    }

    /// <summary>
    /// Knowing its own share, a client bounds the accumulator by each answer. Which values of one weight do all bounds allow, if the
    /// accumulator lies between <paramref name="lowest"/> and so much more above the point that answer and share name?
    /// </summary>
    private static bool[] Bound(bool released, long lowest, long width)
    {
        const int Accumulator = 80_924_160;
        using Prg prg = Prg.Derive([], "bounds", 3);
        long[] low = new long[2 * Largest + 1], high = new long[low.Length];
        Array.Fill(low, long.MinValue);
        Array.Fill(high, long.MaxValue);
        for (int i = 0; i < Queries; i++)
        {
            int known = (int)(prg.NextUInt64() % 12) - 5;
            uint client = (uint)prg.NextUInt64(), server = (uint)(Accumulator + known * Weight) - client;
            int answer = released ? Release(client, server, prg) : Truncate(client, server);
            long from = answer * Unit + client % Unit + lowest;
            for (int candidate = -Largest; candidate <= Largest; candidate++)
            {
                int at = candidate + Largest;
                low[at] = Math.Max(low[at], from - known * candidate);
                high[at] = Math.Min(high[at], from + width - known * candidate);
            }
        }
        return [.. low.Zip(high, (from, to) => from < to)];
    }

    /// <summary>Regresses the deviations of the answers from their mean on the known parts of the error.</summary>
    private static double[] Fit(bool released)
    {
        using Prg prg = Prg.Derive([], "released bits", released ? 1UL : 2UL);
        const int Accumulator = 1234 * 65536 + 23456;
        double[] sums = new double[Weights];
        double squares = 0, mean = 0;
        double[] answers = new double[Queries];
        double[][] known = new double[Queries][];
        for (int query = 0; query < Queries; query++)
        {
            known[query] = [.. Enumerable.Range(0, Weights).Select(_ => (double)((int)(prg.NextUInt64() % 12) - 5))];
            int error = (int)known[query].Zip(Secret, (e, w) => e * w).Sum();
            uint client = (uint)prg.NextUInt64(), server = (uint)(Accumulator + error) - client;
            answers[query] = released ? Release(client, server, prg) : (int)(client + server);
            mean += answers[query] / Queries;
            if (released) answers[query] *= 1 << Shift;
        }
        if (released) mean *= 1 << Shift;
        for (int query = 0; query < Queries; query++)
            for (int i = 0; i < Weights; i++)
            {
                sums[i] += (answers[query] - mean) * (known[query][i] - 0.5);
                squares += (known[query][i] - 0.5) * (known[query][i] - 0.5) / Weights;
            }
        return [.. sums.Select(sum => sum / squares)];
    }

    private static int Release(uint client, uint server, Prg prg)
    {
        uint[] c = [client], s = [server];
        Truncation.Run(false, c, Shift, RingBits);
        Truncation.RunReleased(s, [(uint)prg.NextUInt64()], Shift, RingBits);
        return Ring.Signed(c[0] + s[0], RingBits);
    }

    private static int Truncate(uint client, uint server)
    {
        uint[] c = [client], s = [server];
        Truncation.Run(false, c, Shift, RingBits);
        Truncation.Run(true, s, Shift, RingBits);
        return Ring.Signed(c[0] + s[0], RingBits);
    }

    private static double Correlation(double[] fit)
    {
        double dot = fit.Zip(Secret, (a, b) => a * b).Sum();
        return dot / Math.Sqrt(fit.Sum(a => a * a) * Secret.Sum(b => (double)b * b));
    }
}
