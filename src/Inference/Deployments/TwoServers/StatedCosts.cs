using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>What a step of a query takes, as its protocol states it.</summary>
/// <param name="Bytes">Online, both directions.</param>
/// <param name="DealtSecond">From the dealer to the second server; the first gets <paramref name="DealtFirst"/>.</param>
public sealed record StatedLayer(string Name, string Kind, long Bytes, int Rounds, long DealtFirst, long DealtSecond);

/// <summary>A plan's costs between two servers, by the protocols' own statements, and the comparison that a link asks for.</summary>
public static class StatedCosts
{
    /// <summary>Nanoseconds a server takes online for a ReLU: 'bench kernels', docs/decisions/0014.</summary>
    private const double TablesNs = 50, FunctionsNs = 240;

    /// <summary>Step by step.</summary>
    /// <exception cref="Arithmetic.ParameterException">The plan is for another deployment.</exception>
    public static ImmutableArray<StatedLayer> Of(InferencePlan plan)
    {
        ServerProgram program = new(plan, null);
        return
        [
            .. program.Steps.Select(step =>
            {
                CorrelationShape[] shapes = [.. step.Shapes, .. program.OpeningShapes(step.Step)];
                long common = shapes.Sum(shape => (long)shape.CommonBytes);
                return new StatedLayer(step.Step.Name, PlanTable.Kind(step.Step), 2 * program.Cost(step).BytesEachWay, program.Cost(step).Rounds,
                    common, common + shapes.Sum(shape => (long)shape.CorrectionBytes));
            }),
        ];
    }

    /// <summary>
    /// The way of comparing that answers a query soonest on a link: rounds, bytes and elements are the protocols' own, what a server computes a ReLU in is
    /// a nominal machine's. Comparison functions take a round less a comparison and more computation, so that links with a delay choose them.
    /// </summary>
    /// <param name="plan">For two servers; its own comparison does not matter.</param>
    public static string Choose(InferencePlan plan, LinkSpeed link) =>
        OnlineSeconds(plan, ComparisonKinds.Tables, TablesNs, link) <= OnlineSeconds(plan, ComparisonKinds.Functions, FunctionsNs, link)
            ? ComparisonKinds.Tables : ComparisonKinds.Functions;

    private static double OnlineSeconds(InferencePlan plan, string comparison, double elementNs, LinkSpeed link)
    {
        ServerProgram program = new(plan with { Comparison = comparison }, null);
        OpeningCost cost = program.Steps.Aggregate(default(OpeningCost), (sum, step) => sum + program.Cost(step));
        double compared = program.Shapes.OfType<SelectionShape>().Sum(shape => (double)shape.Elements * shape.Thresholds);
        return cost.Rounds * link.DelayMs / 1e3 + 8.0 * cost.BytesEachWay / link.BitsPerSecond + compared * elementNs / 1e9;
    }
}
