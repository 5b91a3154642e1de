using System.Collections.Immutable;
using Blindsight.Arithmetic.FixedPoint;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;

namespace Blindsight.Compiler.Calibration;

/// <summary>Squared errors of every step, each run on its float inputs rounded to their tensors' scales.</summary>
internal sealed class StepErrorSums(InferencePlan plan, AssembledPlan assembled, FixedPointReference reference)
{
    private readonly double[] _errors = new double[plan.Steps.Length];
    private readonly double[] _squares = new double[plan.Steps.Length];

    /// <summary>Adds one inference, given the float elements of every value.</summary>
    public void Add(IReadOnlyDictionary<int, float[]> values)
    {
        for (int i = 0; i < plan.Steps.Length; i++)
        {
            PlanStep step = plan.Steps[i];
            if (step is OutputStep or ExtendStep or ReduceStep or LayoutStep) continue;
            PlanTensor output = plan.Tensors[step.Writes];
            float[] expected = values[assembled.TensorValues[output.Id]], actual = new float[expected.Length];
            int[] result = step is InputStep ? Encode(output, expected)
                : reference.RunStep(i, [.. step.Reads.Select(id => Encode(plan.Tensors[id], values[assembled.TensorValues[id]]))]);
            FixedPointEncoding.Decode(result, output.ScaleBits, actual);
            for (int e = 0; e < expected.Length; e++)
            {
                _errors[i] += Math.Pow((double)actual[e] - expected[e], 2);
                _squares[i] += Math.Pow(expected[e], 2);
            }
        }
    }

    /// <summary>The relative errors over all inferences, for the steps that compute.</summary>
    public static ImmutableArray<StepError> Combine(StepErrorSums[] sums, InferencePlan plan) =>
    [
        .. plan.Steps.Select((step, i) => (Step: step, Squares: sums.Sum(s => s._squares[i]), Errors: sums.Sum(s => s._errors[i])))
            .Where(entry => entry.Squares > 0)
            .Select(entry => new StepError(entry.Step.Name, PlanTable.Kind(entry.Step), Math.Sqrt(entry.Errors / entry.Squares))),
    ];

    private static int[] Encode(PlanTensor tensor, float[] values)
    {
        int[] encoded = new int[values.Length];
        FixedPointEncoding.Encode(values, tensor.ScaleBits, tensor.ValueBits, encoded);
        return encoded;
    }
}
