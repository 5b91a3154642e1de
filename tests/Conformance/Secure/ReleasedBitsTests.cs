using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Conformance.Secure;

/// <summary>
/// What a client can learn by asking the same input again and again. The error of a linear layer is a linear function of the weights whose
/// coefficients the client knows; here it is made ten times larger than the compile rule allows on average. From raw
/// accumulators least squares recovers the weights; from outputs truncated as released it recovers nothing.
/// </summary>
public sealed class ReleasedBitsTests
{
    private const int Weights = 8, Queries = 20_000, Shift = 16, RingBits = 16;
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

    private static double Correlation(double[] fit)
    {
        double dot = fit.Zip(Secret, (a, b) => a * b).Sum();
        return dot / Math.Sqrt(fit.Sum(a => a * a) * Secret.Sum(b => (double)b * b));
    }
}
