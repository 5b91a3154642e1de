using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Reference;

/// <summary>
/// How far secure execution strays from the clear reference: its truncations round up or down at random where the reference rounds to
/// the nearest, and what follows carries the difference on. Found by running the reference with such differences drawn at random.
/// </summary>
public static class RoundingSpread
{
    /// <summary>
    /// Of a hundred elements that rounding up with the probability of their fraction takes elsewhere than to the nearest: a quarter, half of
    /// them up; so a random byte below 32 stands for one more and a byte above 223 for one less.
    /// </summary>
    private const int UpBelow = 32, DownFrom = 224;

    /// <summary>Mean square of the difference that random rounding makes to the outputs, in their own units.</summary>
    /// <param name="expected">What <see cref="FixedPointReference.Run"/> gives for the inputs.</param>
    /// <param name="number">Other numbers draw other differences; the same number draws the same.</param>
    public static double MeanSquare(
        FixedPointReference reference, IReadOnlyList<FloatTensor> inputs, IReadOnlyList<FloatTensor> expected, ulong number)
    {
        using Prg prg = Prg.Derive(stackalloc byte[Prg.SeedBytes], "rounding spread", number);
        FloatTensor[] strayed = reference.Run(inputs, (step, elements) => Stray(reference.Plan.Steps[step], elements, prg));
        double squares = 0;
        for (int output = 0; output < strayed.Length; output++)
            for (int i = 0; i < strayed[output].Data.Length; i++)
                squares += Math.Pow((double)strayed[output].Data[i] - expected[output].Data[i], 2);
        return squares / Math.Max(1, strayed.Sum(output => output.Data.Length));
    }

    /// <summary>Moves elements that a truncation wrote, in place, before the next step reads them.</summary>
    private static void Stray(PlanStep step, int[] elements, Prg prg)
    {
        if (step is not (LinearStep or SquareStep { Shift: > 0 })) return;
        byte[] coins = new byte[elements.Length];
        prg.Fill(coins);
        int[] shifts = step is LinearStep linear ? [.. linear.ChannelShifts] : [1];
        int positions = Math.Max(1, elements.Length / shifts.Length);
        for (int i = 0; i < elements.Length; i++)
            if (shifts[i / positions] > 0) elements[i] += coins[i] < UpBelow ? 1 : coins[i] >= DownFrom ? -1 : 0;
    }
}
