using Blindsight.Cli.Parties;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;

namespace Blindsight.Cli.Reports;

/// <summary>What the rows of a run come to in the clear: in floats, and in the plan's fixed point.</summary>
/// <param name="FloatTop1">The class that floats name, by row.</param>
/// <param name="Outputs">The outputs in fixed point, by row; in floats where there is no plan.</param>
/// <param name="Bound">
/// How far an output of secure execution may be from those: ten times the root mean square of what random rounding does to them
/// (<see cref="RoundingSpread"/>), and one unit of the last place. Null where the client learns a label alone.
/// </param>
internal sealed record ClearReference(int[] FloatTop1, float[][] Outputs, double? Bound)
{
    private const double BoundFactor = 10;
    private const int SpreadRuns = 4;

    public static ClearReference Of(Graph graph, QuantizedModel model, FloatTensor[][] inputs)
    {
        InferencePlan plan = model.Plan;
        FixedPointReference reference = new(model);
        int[] tops = new int[inputs.Length];
        FloatTensor[][] outputs = new FloatTensor[inputs.Length][];
        Parallel.For(0, inputs.Length, row =>
        {
            tops[row] = TopOne.Of(plan, FloatReference.Run(graph, inputs[row]));
            outputs[row] = reference.Run(inputs[row]);
        });
        double? bound = null;
        if (plan.Release != "label")
        {
            double[] squares = new double[SpreadRuns];
            Parallel.For(0, SpreadRuns, run =>
            {
                int row = run % inputs.Length;
                squares[run] = RoundingSpread.MeanSquare(reference, inputs[row], outputs[row], (ulong)run);
            });
            double unit = plan.Steps.OfType<OutputStep>().Max(step => Math.ScaleB(1, -plan.Tensors[step.Input].ScaleBits));
            bound = BoundFactor * Math.Sqrt(squares.Average()) + unit;
        }
        return new(tops, [.. outputs.Select(row => row.SelectMany(output => output.Data).ToArray())], bound);
    }

    /// <summary>Floats alone.</summary>
    public static ClearReference OfFloats(Graph graph, FloatTensor[][] inputs, double bound)
    {
        float[][] outputs = new float[inputs.Length][];
        int[] tops = new int[inputs.Length];
        Parallel.For(0, inputs.Length, row =>
        {
            FloatTensor[] computed = FloatReference.Run(graph, inputs[row]);
            (outputs[row], tops[row]) = ([.. computed.SelectMany(output => output.Data)], Array.IndexOf(computed[0].Data, computed[0].Data.Max()));
        });
        return new(tops, outputs, bound);
    }

    /// <summary>Compares every output of every row.</summary>
    /// <param name="first">The row that element 0 stands for.</param>
    public ReferenceAgreement Compare(IReadOnlyList<Predicted> predictions, int first = 0)
    {
        double largest = 0;
        int top1 = 0;
        foreach (Predicted prediction in predictions)
        {
            float[] expected = Outputs[prediction.Row - first];
            for (int i = 0; i < expected.Length; i++)
                largest = Math.Max(largest, Math.Abs((double)expected[i] - prediction.Outputs[i]));
            if (FloatTop1[prediction.Row - first] == prediction.Top1) top1++;
        }
        return new(predictions.Count, top1, largest, Bound, Bound is null ? largest == 0 : largest <= Bound);
    }
}

/// <summary>How secure outputs compare with those in the clear.</summary>
/// <param name="Top1">Rows whose class is the one that floats name.</param>
/// <param name="LargestDifference">Over every output of every row, from fixed point in the clear.</param>
/// <param name="Within">Whether that is within the bound; for labels, whether all are the same.</param>
internal sealed record ReferenceAgreement(int Rows, int Top1, double LargestDifference, double? Bound, bool Within);
