using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>The compile rule of encrypted linear layers: noise stays below an eighth of a unit of the result.</summary>
internal static class NoiseRule
{
    /// <exception cref="ParameterException">The noise of a step may exceed the limit.</exception>
    public static void Check(QuantizedModel model, NoiseBound bound)
    {
        foreach ((int index, QuantizedLinear secret) in model.Linear)
        {
            LinearStep step = (LinearStep)model.Plan.Steps[index];
            ImmutableArray<LinearTerm> terms = step.Terms;
            int summands = terms.Count(term => term is ConvolutionTerm), ringBits = model.Plan.Tensors[step.Output].RingBits;
            double noise = 0;
            for (int t = 0; t < terms.Length; t++)
                if (terms[t] is ConvolutionTerm term)
                    noise += bound(term.Geometry, secret.Weights[t], step.ChannelShifts.AsSpan(), ringBits, summands);
            if (noise > RlweNoise.LimitUnits)
                throw new ParameterException($"layer '{step.Name}': the error of its encryption may reach {noise:F2} units of its result; "
                    + $"{RlweNoise.LimitUnits:F3} are allowed");
        }
    }
}
