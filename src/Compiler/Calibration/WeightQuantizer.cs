using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.FixedPoint;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>Integer weights and biases of the linear steps, a function of the float weights and the plan alone.</summary>
internal static class WeightQuantizer
{
    public static QuantizedModel Quantize(AssembledPlan assembled)
    {
        InferencePlan plan = assembled.Plan;
        ImmutableDictionary<int, QuantizedLinear>.Builder linear = ImmutableDictionary.CreateBuilder<int, QuantizedLinear>();
        foreach ((int index, LinearLayer layer) in assembled.LinearLayers)
        {
            LinearStep step = (LinearStep)plan.Steps[index];
            int outputScale = plan.Tensors[step.Output].ScaleBits;
            ImmutableArray<short[]>.Builder weights = ImmutableArray.CreateBuilder<short[]>();
            for (int t = 0; t < layer.Terms.Length; t++)
                weights.Add(layer.Terms[t] is ConvolutionFloatTerm term
                    ? Weights(layer, term, step.ChannelShifts, outputScale - plan.Tensors[step.Terms[t].Input].ScaleBits) : []);
            linear.Add(index, new(weights.ToImmutable(), Bias(layer, step.ChannelShifts, outputScale)));
        }
        return new(plan, linear.ToImmutable())
        {
            Offsets = assembled.ActivationLayers.Where(entry => Array.Exists(entry.Value.Offsets, offset => offset != 0))
                .ToImmutableDictionary(entry => entry.Key, entry => Offsets(plan, entry.Key, entry.Value)),
        };
    }

    /// <summary>round(w * 2^(scaleBits + shift of its channel)).</summary>
    /// <exception cref="ParameterException">A weight needs more than 15 bits.</exception>
    public static short[] Weights(LinearLayer layer, ConvolutionFloatTerm term, ImmutableArray<int> shifts, int scaleBits)
    {
        short[] weights = new short[term.Weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            double weight = Math.Round(Math.ScaleB(term.Weights[i], scaleBits + shifts[i / term.Geometry.FanIn]));
            if (!(Math.Abs(weight) <= PlanAssembler.WeightMax))
                throw new ParameterException($"layer '{layer.Name}': a weight needs more than 15 bits at the plan's scales");
            weights[i] = (short)weight;
        }
        return weights;
    }

    /// <summary>round(offset * 2^scale) modulo the output's ring.</summary>
    private static int[] Offsets(InferencePlan plan, int index, ActivationLayer layer)
    {
        PlanTensor output = plan.Tensors[plan.Steps[index].Writes];
        return Array.ConvertAll(layer.Offsets, offset =>
        {
            double scaled = Math.Round(Math.ScaleB(offset, output.ScaleBits));
            return Math.Abs(scaled) < Math.ScaleB(1, 62) ? FixedPointEncoding.Wrap((long)scaled, output.RingBits)
                : throw new ParameterException($"layer '{layer.Name}': an offset does not fit its ring");
        });
    }

    private static int[] Bias(LinearLayer layer, ImmutableArray<int> shifts, int outputScale)
    {
        int[] bias = new int[layer.Channels];
        for (int c = 0; c < bias.Length; c++)
        {
            double scaled = Math.Round(Math.ScaleB(layer.Bias[c], outputScale + shifts[c]));
            if (!(Math.Abs(scaled) < Math.ScaleB(1, 62)))
                throw new ParameterException($"layer '{layer.Name}': a bias does not fit the accumulator");
            bias[c] = FixedPointEncoding.Wrap((long)scaled, 32);
        }
        return bias;
    }
}
