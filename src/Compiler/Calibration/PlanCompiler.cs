using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Passes;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>A plan for both parties and the integers that only the model's owner holds.</summary>
/// <param name="OutputError">
/// Error of the outputs on calibration samples: root mean square of the deviation from floats, relative to the outputs' own.
/// </param>
public sealed record CompiledModel(InferencePlan Plan, QuantizedModel Model, double OutputError);

/// <summary>Turns a graph and samples of its input into a plan.</summary>
public static class PlanCompiler
{
    /// <summary>Rows that calibration takes from a file, evenly, where none are named.</summary>
    public const int CalibrationRows = 128;

    /// <summary>
    /// Compiles a graph. Widths start at <see cref="CompileOptions.WidthBits"/> and grow where the samples show too large
    /// an error.
    /// </summary>
    /// <param name="calibrationSamples">For each sample a tensor for each input of the graph.</param>
    /// <exception cref="GraphException">A node that no protocol exists for.</exception>
    /// <exception cref="ParameterException">An option out of range, or a layer that fits at no scale; names the layer.</exception>
    public static CompiledModel Compile(
        Graph graph, IReadOnlyList<FloatTensor[]> calibrationSamples, CompileOptions options, IProgress<CompileProgress>? progress = null)
    {
        options.Check();
        bool mayLose = options.DroppedBitsMax > 0;
        if (ComparisonKinds.IsExact(options.Comparison)) options = options with { DroppedBitsMax = 0 };
        CheckSamples(graph, calibrationSamples);
        NetworkFacts facts = Lower(graph, options.Release);
        Dictionary<int, ValueRange> ranges = ValueRanges.Measure(facts.Network, calibrationSamples, progress);
        CompiledModel best = new WidthSearch(facts, ranges, options, calibrationSamples, mayLose).Run(progress);
        PlanValidator.Validate(best.Plan);
        return best;
    }

    /// <summary>The integer weights of a model under a plan that was compiled from it, a function of the two alone.</summary>
    /// <param name="noiseBound">The encryption's noise, by which the plan must have left room; as in <see cref="CompileOptions"/>.</param>
    /// <exception cref="GraphException">A node that no protocol exists for.</exception>
    /// <exception cref="ParameterException">The plan does not belong to this model; names the first step that differs.</exception>
    public static QuantizedModel Quantize(Graph graph, InferencePlan plan, NoiseBound? noiseBound = null)
    {
        PlanValidator.Validate(plan);
        AssembledPlan assembled = PlanMatcher.Match(Lower(graph, plan.Release), plan);
        QuantizedModel model = WeightQuantizer.Quantize(assembled);
        NoiseRule.Check(model, noiseBound ?? RlweNoise.Bound);
        return model;
    }

    internal static NetworkFacts Lower(Graph graph, string release) =>
        new(NetworkPasses.Run(GraphLowering.Lower(ConstantFolding.Run(graph), release == "label")));

    private static void CheckSamples(Graph graph, IReadOnlyList<FloatTensor[]> samples)
    {
        if (samples.Count == 0) throw new ParameterException("calibration needs at least one sample");
        foreach (FloatTensor[] sample in samples)
        {
            if (sample.Length != graph.Inputs.Length)
                throw new ParameterException($"a calibration sample has {sample.Length} tensors and the model {graph.Inputs.Length} inputs");
            for (int i = 0; i < sample.Length; i++)
            {
                ImmutableArray<int> shape = graph.Shapes[graph.Inputs[i]];
                if (sample[i].Data.Length != FloatTensor.Count(shape))
                    throw new ParameterException(
                        $"a calibration sample has {sample[i].Data.Length} elements and input '{graph.Inputs[i]}' takes {FloatTensor.Count(shape)}");
            }
        }
    }
}
