using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>Checks that a layout step moves elements that exist to the shape that it claims.</summary>
internal static class LayoutRules
{
    public static void Check(LayoutStep step, IReadOnlyList<PlanTensor> inputs, PlanTensor output)
    {
        if (step.Operation is not ConcatLayout && inputs.Count != 1)
            throw Fault(step, $"{inputs.Count} inputs; this operation takes one");
        ImmutableArray<int> from = inputs[0].Shape;
        switch (step.Operation)
        {
            case ReshapeLayout: Require(step, inputs[0].Elements == output.Elements, "as many elements as its input"); break;
            case TransposeLayout transpose: Transpose(step, transpose, from, output.Shape); break;
            case SliceLayout slice: Slice(step, slice, from, output.Shape); break;
            case PadLayout pad: Pad(step, pad, from, output); break;
            case GatherLayout gather: Gather(step, gather, from, output.Shape); break;
            case ConcatLayout concat: Concat(step, concat, inputs, output.Shape); break;
            default: throw Fault(step, "an unknown layout operation");
        }
    }

    private static void Transpose(LayoutStep step, TransposeLayout operation, ImmutableArray<int> from, ImmutableArray<int> to)
    {
        ImmutableArray<int> order = operation.Permutation;
        Require(step, order.Order().SequenceEqual(Enumerable.Range(0, from.Length)), "a permutation of all axes");
        Require(step, to.SequenceEqual(order.Select(axis => from[axis])), "the permuted shape");
    }

    private static void Slice(LayoutStep step, SliceLayout operation, ImmutableArray<int> from, ImmutableArray<int> to)
    {
        SameRank(step, from.Length, operation.Starts.Length, operation.Steps.Length, to.Length);
        for (int axis = 0; axis < from.Length; axis++)
        {
            long first = operation.Starts[axis];
            long last = first + (long)(to[axis] - 1) * operation.Steps[axis];
            Require(step, operation.Steps[axis] != 0, "steps other than zero");
            Require(step, Inside(first, from[axis]) && Inside(last, from[axis]), "indices inside the input");
        }
    }

    private static void Pad(LayoutStep step, PadLayout operation, ImmutableArray<int> from, PlanTensor output)
    {
        SameRank(step, from.Length, operation.Begins.Length, output.Shape.Length);
        long limit = 1L << (output.ValueBits - 1);
        Require(step, operation.Value >= -limit && operation.Value < limit, "a padding value inside the output's range");
        Require(step, !output.NonNegative || operation.Value >= 0, "no negative padding of a non-negative tensor");
        foreach (int begin in operation.Begins)
            Require(step, Math.Abs((long)begin) <= PlanValidator.TensorElementsMax, "pads inside the limit");
    }

    private static void Gather(LayoutStep step, GatherLayout operation, ImmutableArray<int> from, ImmutableArray<int> to)
    {
        Axis(step, operation.Axis, from.Length);
        Require(step, operation.Indices.All(index => Inside(index, from[operation.Axis])), "indices inside the input");
        Require(step, to.SequenceEqual(from.SetItem(operation.Axis, operation.Indices.Length)), "the gathered shape");
    }

    private static void Concat(LayoutStep step, ConcatLayout operation, IReadOnlyList<PlanTensor> inputs, ImmutableArray<int> to)
    {
        Axis(step, operation.Axis, to.Length);
        long sum = 0;
        foreach (PlanTensor input in inputs)
        {
            SameRank(step, to.Length, input.Shape.Length);
            Require(step, input.Shape.SetItem(operation.Axis, to[operation.Axis]).SequenceEqual(to), "inputs that agree beside the axis");
            sum += input.Shape[operation.Axis];
        }
        Require(step, sum == to[operation.Axis], "the sum of its inputs' sizes along the axis");
    }

    private static bool Inside(long index, int size) => index >= 0 && index < size;

    private static void Axis(LayoutStep step, int axis, int rank) => Require(step, Inside(axis, rank), "an axis of the tensor");

    private static void SameRank(LayoutStep step, params ReadOnlySpan<int> ranks)
    {
        foreach (int rank in ranks) Require(step, rank == ranks[0], "one entry for each axis");
    }

    private static void Require(LayoutStep step, bool holds, string what)
    {
        if (!holds) throw Fault(step, $"needs {what}");
    }

    private static Exception Fault(LayoutStep step, string message) => PlanValidator.Fault(step.Name, message);
}
