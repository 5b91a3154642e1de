using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;

namespace Blindsight.Compiler.Calibration;

/// <summary>What fixed point costs a model.</summary>
/// <param name="FloatAccuracy">Share of rows whose largest output is the label, in floats; null without labels.</param>
/// <param name="FixedAccuracy">The same in fixed point.</param>
/// <param name="Agreement">Share of rows where both name the same largest output.</param>
/// <param name="LargestDifference">Largest deviation of an opened output from floats.</param>
/// <param name="Steps">The error that each step adds by itself, in the plan's order.</param>
public sealed record EvaluationReport(
    int Rows, double? FloatAccuracy, double? FixedAccuracy, double Agreement, double LargestDifference, ImmutableArray<StepError> Steps)
{
    /// <summary>The step that loses most.</summary>
    public StepError? Worst => Steps.MaxBy(step => step.RelativeError);
}

/// <summary>
/// The error of one step run on inputs that are exact up to rounding: root mean square of the deviation from floats,
/// relative to the floats' own.
/// </summary>
public sealed record StepError(string Name, string Kind, double RelativeError);

/// <summary>Compares a plan in clear fixed point with its model in floats.</summary>
public static class Evaluation
{
    /// <summary>Rows on which steps are measured one by one.</summary>
    private const int StepRowsMax = 16;

    /// <summary>Evaluates on rows of inputs.</summary>
    /// <param name="labels">The right class of each row, or null.</param>
    /// <exception cref="Blindsight.Arithmetic.ParameterException">The plan does not belong to the model.</exception>
    public static EvaluationReport Run(
        Graph graph, QuantizedModel model, IReadOnlyList<FloatTensor[]> rows, IReadOnlyList<int>? labels, IProgress<CompileProgress>? progress = null)
    {
        if (labels is not null && labels.Count < rows.Count) throw new ArgumentException($"{labels.Count} labels for {rows.Count} rows");
        NetworkFacts facts = PlanCompiler.Lower(graph, model.Plan.Release);
        AssembledPlan assembled = PlanMatcher.Match(facts, model.Plan);
        FixedPointReference reference = new(model);
        Row[] results = new Row[rows.Count];
        StepErrorSums[] sums = [.. Enumerable.Range(0, Math.Min(StepRowsMax, rows.Count)).Select(_ => new StepErrorSums(model.Plan, assembled, reference))];
        int done = 0;
        Parallel.For(0, rows.Count, i =>
        {
            Dictionary<int, float[]> values = [];
            float[] expected = NetworkExecutor.Run(facts.Network, rows[i], i < sums.Length ? (id, elements) => values[id] = elements : null)[0];
            results[i] = Compare(expected, reference.RunOpened(rows[i])[0]);
            if (i < sums.Length) sums[i].Add(values);
            progress?.Report(new("evaluating", Interlocked.Increment(ref done), rows.Count));
        });
        double? Accuracy(Func<Row, int> top) =>
            labels is null ? null : results.Select((row, i) => top(row) == labels[i] ? 1.0 : 0).DefaultIfEmpty().Average();
        return new(rows.Count, Accuracy(row => row.FloatTop), Accuracy(row => row.FixedTop),
            results.Select(row => row.FloatTop == row.FixedTop ? 1.0 : 0).DefaultIfEmpty().Average(),
            results.Select(row => row.Difference).DefaultIfEmpty().Max(), StepErrorSums.Combine(sums, model.Plan));
    }

    private static Row Compare(float[] expected, float[] actual) =>
        new(Top(expected), Top(actual), expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max());

    /// <summary>The index of the largest output; a single output is the label itself.</summary>
    private static int Top(float[] outputs) => outputs.Length == 1 ? (int)outputs[0] : Array.IndexOf(outputs, outputs.Max());

    private readonly record struct Row(int FloatTop, int FixedTop, double Difference);
}
