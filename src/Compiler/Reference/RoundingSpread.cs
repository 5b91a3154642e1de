using System.Collections.Immutable;
using Blindsight.Arithmetic.FixedPoint;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Reference;

/// <summary>
/// How far secure execution strays from the clear reference: its truncations round up or down at random where the reference rounds to
/// the nearest, comparisons that leave out low bits decide at random near a bound, and what follows carries the difference on. Found by
/// running the reference with such differences drawn at random.
/// </summary>
public static class RoundingSpread
{
    /// <summary>
    /// Rounding up with the probability of the fraction takes a quarter of elements elsewhere than to the nearest, half of them up: a random
    /// byte below 32 stands for one more and one above 223 for one less.
    /// </summary>
    private const int UpBelow = 32, DownFrom = 224;

    /// <summary>Mean square of the difference that random rounding makes to the outputs, in their own units.</summary>
    /// <param name="expected">What <see cref="FixedPointReference.Run"/> gives for the inputs.</param>
    /// <param name="number">Other numbers draw other differences; the same number draws the same.</param>
    public static double MeanSquare(
        FixedPointReference reference, IReadOnlyList<FloatTensor> inputs, IReadOnlyList<FloatTensor> expected, ulong number)
    {
        using Prg prg = Prg.Derive(stackalloc byte[Prg.SeedBytes], "rounding spread", number);
        Dictionary<int, int[]> compared = [];
        FloatTensor[] strayed = reference.Run(inputs, (index, elements) =>
        {
            PlanStep step = reference.Plan.Steps[index];
            if (step.DeviationMax(reference.Plan) > 0) Stray(reference.Plan, step, compared, elements, prg);
            if (step.Writes >= 0 && IsCompared(reference.Plan, step.Writes)) compared[step.Writes] = elements;
        });
        double squares = 0;
        for (int output = 0; output < strayed.Length; output++)
            for (int i = 0; i < strayed[output].Data.Length; i++)
                squares += Math.Pow((double)strayed[output].Data[i] - expected[output].Data[i], 2);
        return squares / Math.Max(1, strayed.Sum(output => output.Data.Length));
    }

    private static bool IsCompared(InferencePlan plan, int tensor) =>
        plan.Steps.Any(step => step.DeviationMax(plan) > 0 && DependsOnInput(step) && step.Reads[0] == tensor);

    private static bool DependsOnInput(PlanStep step) => step is ClampStep or MaxPoolStep or ActivationStep;

    /// <summary>Moves the elements that a step wrote, in place, before the next step reads them.</summary>
    private static void Stray(InferencePlan plan, PlanStep step, Dictionary<int, int[]> inputs, int[] elements, Prg prg)
    {
        byte[] coins = new byte[DependsOnInput(step) ? inputs[step.Reads[0]].Length : elements.Length];
        prg.Fill(coins);
        switch (step)
        {
            case ClampStep clamp: Clamp(clamp.Low, clamp.High, clamp.DroppedBits, inputs[clamp.Input], elements, coins); break;
            case MaxPoolStep pool: MaxPool(pool, inputs[pool.Input], elements, coins); break;
            case LinearStep linear: Round(linear.ChannelShifts, elements, coins); break;
            case ActivationStep activation: Activation(plan, activation, inputs[activation.Input], elements, coins); break;
        }
    }

    private static void Round(ImmutableArray<int> shifts, int[] elements, byte[] coins)
    {
        int positions = Math.Max(1, elements.Length / shifts.Length);
        for (int i = 0; i < elements.Length; i++)
            if (shifts[i / positions] > 0) elements[i] += coins[i] < UpBelow ? 1 : coins[i] >= DownFrom ? -1 : 0;
    }

    /// <summary>Each bound is above where the plan has it by a number below 2^DroppedBits, another for each element.</summary>
    private static void Clamp(int? low, int? high, int droppedBits, ReadOnlySpan<int> input, Span<int> output, ReadOnlySpan<byte> coins)
    {
        int mask = (1 << droppedBits) - 1;
        for (int i = 0; i < output.Length; i++)
        {
            int x = input[i], late = coins[i] & mask;
            output[i] = x < low + late ? low!.Value : x >= high + late ? high!.Value : x;
        }
    }

    /// <summary>Clamps as above; a square moves by what its input's rounding changes, which the low and the high half of a coin decide.</summary>
    private static void Activation(InferencePlan plan, ActivationStep step, int[] input, int[] output, byte[] coins)
    {
        PlanTensor from = plan.Tensors[step.Input], to = plan.Tensors[step.Output];
        int positions = input.Length / step.Channels;
        for (int channel = 0; channel < step.Channels; channel++)
        {
            Range range = new(channel * positions, (channel + 1) * positions);
            if (step.Kinds[channel] == ActivationStep.Clamp)
                Clamp(step.Low, step.High, step.DroppedBits, input.AsSpan(range), output.AsSpan(range), coins.AsSpan(range));
            if (!step.IsSquare(channel)) continue;
            for (int i = range.Start.Value; i < range.End.Value; i++)
            {
                long nearest = FixedPointEncoding.ShiftAndWrap(input[i], step.InputShift, 32);
                long moved = nearest + (step.InputShift == 0 ? 0 : Moved(coins[i] & 15));
                long difference = FixedPointReference.Square(step, channel, moved, from, to) - FixedPointReference.Square(step, channel, nearest, from, to);
                int rounding = step.SquareShift(channel, from, to) > 0 ? Moved(coins[i] >> 4) : 0;
                output[i] = FixedPointEncoding.Wrap(output[i] + difference + rounding, to.RingBits);
            }
        }

        static int Moved(int coin) => coin < 2 ? 1 : coin >= 14 ? -1 : 0;
    }

    /// <summary>Each element competes with such a number added to it, and wins without.</summary>
    private static void MaxPool(MaxPoolStep step, int[] input, int[] output, byte[] coins)
    {
        int mask = (1 << step.DroppedBits) - 1;
        long[] candidates = new long[input.Length], winners = new long[output.Length];
        for (int i = 0; i < candidates.Length; i++) candidates[i] = ((long)input[i] + (coins[i] & mask)) * 256 + (coins[i] & mask);
        Pooling.Max<long>(step.Geometry, candidates, winners);
        for (int i = 0; i < output.Length; i++) output[i] = (int)((winners[i] >> 8) - (winners[i] & 255));
    }
}
