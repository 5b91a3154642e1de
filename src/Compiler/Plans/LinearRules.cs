namespace Blindsight.Compiler.Plans;

/// <summary>Checks of a linear step: geometries, shifts, and scales that belong together.</summary>
internal static class LinearRules
{
    /// <summary>Fewest bits that must be dropped from an accumulator with encryption noise in its low bits.</summary>
    public const int NoisyShiftMin = 3;

    private const int TermsMax = 64;

    /// <summary>Largest public multiplier of a sum pool, as for weights.</summary>
    private const int MultiplierMax = (1 << 15) - 1;

    public static void Check(LinearStep step, Func<int, PlanTensor> tensor)
    {
        PlanTensor output = tensor(step.Output);
        int channels = step.ChannelShifts.Length;
        Require(step, step.Terms.Length is >= 1 and <= TermsMax, $"1 to {TermsMax} terms");
        Require(step, channels >= 1 && output.Elements % channels == 0, "a shift for each output channel");
        int least = step.Terms.Any(term => term is ConvolutionTerm) ? NoisyShiftMin : 0;
        foreach (int shift in step.ChannelShifts)
            Require(step, shift >= least && shift <= 32 - output.RingBits,
                $"shifts of {least} to {32 - output.RingBits} bits into a ring of {output.RingBits}, not {shift}");
        foreach (LinearTerm term in step.Terms)
        {
            PlanTensor input = tensor(term.Input);
            Require(step, input.RingBits == 32, "inputs of 32 ring bits");
            switch (term)
            {
                case ConvolutionTerm convolution: Convolution(step, convolution, input, output); break;
                case IdentityTerm identity: Identity(step, identity, input, output); break;
                case SumPoolTerm pool: Pool(step, pool, input, output); break;
                default: throw PlanValidator.Fault(step.Name, "an unknown kind of term");
            }
        }
    }

    private static void Convolution(LinearStep step, ConvolutionTerm term, PlanTensor input, PlanTensor output)
    {
        GeometryRules.Check(step.Name, term.Geometry, input, output);
        Require(step, term.Geometry.OutChannels == step.ChannelShifts.Length, "a shift for each output channel");
    }

    private static void Identity(LinearStep step, IdentityTerm term, PlanTensor input, PlanTensor output)
    {
        Require(step, input.Elements == output.Elements, "an identity of as many elements as the output");
        Require(step, term.LeftShifts.Length == step.ChannelShifts.Length, "a left shift for each output channel");
        for (int channel = 0; channel < term.LeftShifts.Length; channel++)
        {
            int shift = term.LeftShifts[channel];
            Require(step, shift is >= 0 and < 32, $"left shifts of 0 to 31 bits, not {shift}");
            Require(step, shift == output.ScaleBits + step.ChannelShifts[channel] - input.ScaleBits,
                "left shifts that bring the identity to the accumulator's scale");
        }
    }

    private static void Pool(LinearStep step, SumPoolTerm term, PlanTensor input, PlanTensor output)
    {
        GeometryRules.Check(step.Name, term.Geometry, input, output);
        Require(step, term.Geometry.Channels == step.ChannelShifts.Length, "a shift for each output channel");
        int positions = term.Geometry.OutHeight * term.Geometry.OutWidth;
        Require(step, term.Multipliers.Length == 1 || term.Multipliers.Length == positions, "one multiplier, or one a position");
        foreach (int multiplier in term.Multipliers)
            Require(step, multiplier is >= 1 and <= MultiplierMax, $"multipliers of 1 to {MultiplierMax}, not {multiplier}");
    }

    private static void Require(LinearStep step, bool holds, string what)
    {
        if (!holds) throw PlanValidator.Fault(step.Name, $"needs {what}");
    }
}
