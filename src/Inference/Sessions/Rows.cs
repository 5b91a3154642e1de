using System.Collections.Immutable;
using Blindsight.Arithmetic.FixedPoint;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;

namespace Blindsight.Inference.Sessions;

/// <summary>Rows of floats to ring elements of a batch, and opened elements back to rows of floats.</summary>
internal static class Rows
{
    /// <summary>For each input of the plan the rows one after the other, at the input's scale.</summary>
    /// <exception cref="ArgumentException">A row has too few tensors or a tensor the wrong number of elements.</exception>
    public static ImmutableArray<uint[]> Encode(InferencePlan plan, IReadOnlyList<FloatTensor[]> rows)
    {
        uint[][] encoded = new uint[plan.Inputs.Length][];
        foreach (InputStep step in plan.Steps.OfType<InputStep>())
        {
            PlanTensor tensor = plan.Tensors[step.Output];
            encoded[step.InputIndex] = new uint[rows.Count * tensor.Elements];
            int[] row = new int[tensor.Elements];
            for (int i = 0; i < rows.Count; i++)
            {
                CheckRow(plan, rows[i], i, step.InputIndex, tensor.Elements);
                FixedPointEncoding.Encode(rows[i][step.InputIndex].Data, tensor.ScaleBits, tensor.ValueBits, row);
                for (int j = 0; j < row.Length; j++) encoded[step.InputIndex][i * row.Length + j] = (uint)row[j];
            }
        }
        return [.. encoded];
    }

    private static void CheckRow(InferencePlan plan, FloatTensor[] row, int number, int input, int elements)
    {
        if (row.Length != plan.Inputs.Length)
            throw new ArgumentException($"Row {number} has {row.Length} tensors; the model has {plan.Inputs.Length} inputs.");
        if (row[input].Data.Length != elements)
            throw new ArgumentException(
                $"Row {number} has {row[input].Data.Length} elements for input '{plan.Inputs[input].Name}', which takes {elements}.");
    }
}
