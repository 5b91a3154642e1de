using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols.Linear;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>The protocol of every step of a plan, the same list at both parties.</summary>
internal static class StepProtocols
{
    /// <param name="rows">Rows of a batch.</param>
    /// <param name="model">The server's weights; null at the client.</param>
    public static ImmutableArray<StepProtocol> Create(DataFlow flow, int rows, QuantizedModel? model) =>
        [.. flow.Plan.Steps.Select((step, index) => Create(flow, step, index, rows, model))];

    /// <summary>Correlated transfers that one row consumes: what both parties choose the extension by.</summary>
    public static Transfers TransfersOfOneRow(DataFlow flow) =>
        Create(flow, 1, null).Aggregate(default(Transfers), (sum, step) => sum + step.Transfers());

    private static StepProtocol Create(DataFlow flow, PlanStep step, int index, int rows, QuantizedModel? model)
    {
        ImmutableArray<PlanTensor> tensors = flow.Plan.Tensors;
        int Elements(int tensor) => checked(rows * tensors[tensor].Elements);
        bool known = step.Reads.Length > 0 && step.Reads.All(flow.ClientKnowsShareOffline);
        bool garbled = flow.Plan.Comparison == ComparisonKinds.Garbled;
        return step switch
        {
            ClampStep s when garbled => GarbledProtocol.Of(s, Elements(s.Input), tensors[s.Input].RingBits, known),
            MaxPoolStep s when garbled => GarbledProtocol.Of(s, rows, tensors[s.Input].RingBits, known),
            ArgMaxStep s when garbled => GarbledProtocol.Of(s, Elements(s.Output), tensors[s.Input].Shape[^1],
                tensors[s.Input].RingBits, tensors[s.Output].RingBits, known),
            InputStep s => new InputProtocol(s, Elements(s.Output)),
            LinearStep s => new LinearProtocol(s, tensors, rows, known, model?.Linear.GetValueOrDefault(index)),
            ExtendStep s => new ExtendProtocol(s, Elements(s.Input), tensors[s.Input].RingBits, !tensors[s.Input].NonNegative),
            ReduceStep s => new ReduceProtocol(s, Elements(s.Output), tensors[s.Output].RingBits, known),
            ClampStep s => new ClampProtocol(s, Elements(s.Input), tensors[s.Input].RingBits, known),
            ActivationStep s when !DataFlow.IsLocal(s) => new ActivationProtocol(
                s, tensors[s.Input], tensors[s.Output], rows, known, garbled, model?.Offsets.GetValueOrDefault(index)),
            ActivationStep s => new CopyProtocol(s, tensors[s.Output], rows, known, model?.Offsets.GetValueOrDefault(index)),
            MaxPoolStep s => new MaxPoolProtocol(s, rows, tensors[s.Input].RingBits),
            LayoutStep s => new LayoutProtocol(s, tensors, rows, known),
            ArgMaxStep s => new ArgMaxProtocol(s, Elements(s.Output), tensors[s.Input].Shape[^1],
                tensors[s.Input].RingBits, tensors[s.Output].RingBits),
            OutputStep s => new OutputProtocol(s, Elements(s.Input), tensors[s.Input].RingBits),
            _ => throw new ArgumentException($"{step.GetType().Name} has no protocol."),
        };
    }
}
