namespace Blindsight.Compiler.Plans;

/// <summary>Checks of an activation step, bounds of clamps apart: kinds, squares, and scales that belong together.</summary>
internal static class ActivationRules
{
    /// <summary>Fewest bits, of the ring, in which an element is squared.</summary>
    public const int SquaredBitsMin = 6;

    /// <summary>Largest exponent of two before a square, either way.</summary>
    public const int ExponentMax = 32;

    private const string Letters = "csnik";

    public static void Check(ActivationStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, step.Kinds.Length >= 1 && output.Elements % step.Kinds.Length == 0, "a kind for each channel");
        Require(step, step.Kinds.All(Letters.Contains), $"kinds of the letters {Letters}");
        Require(step, step.Kinds.Any(kind => kind != ActivationStep.Clamp), "a channel that is no clamp");
        Require(step, !step.Exponents.IsDefault && step.Exponents.Length == step.Kinds.Length, "an exponent for each channel");
        Require(step, input.RingBits < 32 && output.RingBits < 32, "activation rings");
        Require(step, input.Elements == output.Elements, "one shape");
        bool copies = step.HasClamps || step.Kinds.Contains(ActivationStep.Identity);
        Require(step, !copies || input.RingBits == output.RingBits && input.ScaleBits == output.ScaleBits, "one ring and scale for clamps and copies");
        Require(step, !output.NonNegative || input.NonNegative || !step.Kinds.Contains(ActivationStep.Identity), "a non-negative input to be non-negative");
        Require(step, !output.NonNegative || !step.Kinds.Contains(ActivationStep.NegatedSquare), "no negated square to be non-negative");
        Require(step, step.InputShift >= 0 && (step.HasSquares || step.InputShift == 0), "no bits left out where nothing is squared");
        for (int channel = 0; channel < step.Channels; channel++)
        {
            int exponent = step.Exponents[channel];
            Require(step, exponent == 0 || step.IsSquare(channel) && exponent is >= -ExponentMax and <= ExponentMax,
                $"exponents of {-ExponentMax} to {ExponentMax}, 0 where nothing is squared");
        }
        if (step.HasSquares) Squares(step, input, output);
    }

    private static void Squares(ActivationStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, step.InputShift <= input.RingBits - SquaredBitsMin, $"at least {SquaredBitsMin} bits to square");
        Require(step, input.NonNegative || input.ValueBits < input.RingBits, "signed elements below a quarter of the ring to square");
        for (int channel = 0; channel < step.Channels; channel++)
        {
            if (!step.IsSquare(channel)) continue;
            int shift = step.SquareShift(channel, input, output);
            Require(step, shift >= -output.RingBits && shift <= 32 - output.RingBits,
                $"squares that lose {-output.RingBits} to {32 - output.RingBits} bits, not {shift}");
        }
    }

    private static void Require(ActivationStep step, bool holds, string what)
    {
        if (!holds) throw PlanValidator.Fault(step.Name, $"needs {what}");
    }
}
