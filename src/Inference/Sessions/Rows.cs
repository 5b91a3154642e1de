using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

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
            for (int i = 0; i < rows.Count; i++)
            {
                CheckRow(plan, rows[i], i, step.InputIndex, tensor.Elements);
                int[] row = ClientCodec.Encode(plan, step.InputIndex, rows[i][step.InputIndex].Data);
                MemoryMarshal.Cast<int, uint>(row).CopyTo(encoded[step.InputIndex].AsSpan(i * row.Length));
            }
        }
        return [.. encoded];
    }

    /// <summary>For each row its outputs, decoded and after the client's post-operations.</summary>
    public static ImmutableArray<FloatTensor[]> Decode(InferencePlan plan, ImmutableArray<int[]> opened, int rows)
    {
        OutputStep[] steps = [.. plan.Steps.OfType<OutputStep>()];
        ImmutableArray<FloatTensor[]>.Builder decoded = ImmutableArray.CreateBuilder<FloatTensor[]>(rows);
        for (int row = 0; row < rows; row++)
        {
            FloatTensor[] outputs = new FloatTensor[plan.Outputs.Length];
            for (int i = 0; i < steps.Length; i++)
            {
                int elements = opened[i].Length / rows, output = steps[i].OutputIndex;
                outputs[output] = new FloatTensor(plan.Outputs[output].Shape,
                    ClientCodec.Decode(plan, output, opened[i].AsSpan(row * elements, elements)));
            }
            decoded.Add(outputs);
        }
        return decoded.MoveToImmutable();
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
