using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>The compile rule of encrypted linear layers: noise stays below an eighth of a unit of the result.</summary>
internal static class NoiseRule
{
    /// <exception cref="ParameterException">A step drops too few bits for its noise.</exception>
    public static void Check(QuantizedModel model, NoiseBound bound)
    {
        foreach ((int index, QuantizedLinear secret) in model.Linear)
        {
            LinearStep step = (LinearStep)model.Plan.Steps[index];
            double noise = 0;
            for (int t = 0; t < step.Terms.Length; t++)
                if (step.Terms[t] is ConvolutionTerm term) noise += bound(term.Geometry, secret.Weights[t]);
            int needed = noise == 0 ? 0 : RlweNoise.ShiftMin(noise);
            if (step.ChannelShifts.Min() < needed)
                throw new ParameterException(
                    $"layer '{step.Name}' drops {step.ChannelShifts.Min()} bits of its accumulator; encryption noise needs {needed}");
        }
    }
}
