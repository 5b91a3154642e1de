using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Deployments.TwoServers.Correlations;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>What a step of a query takes, as its protocol states it.</summary>
/// <param name="Bytes">Online, both directions.</param>
/// <param name="DealtSecond">From the dealer to the second server; the first gets <paramref name="DealtFirst"/>.</param>
public sealed record StatedLayer(string Name, string Kind, long Bytes, int Rounds, long DealtFirst, long DealtSecond);

/// <summary>A plan's costs between two servers, by the protocols' own statements.</summary>
public static class StatedCosts
{
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
                Tally online = Tally.Of(script => program.Run(script, step));
                return new StatedLayer(step.Step.Name, PlanTable.Kind(step.Step), online.ClientToServer + online.ServerToClient, (int)online.Rounds,
                    common, common + shapes.Sum(shape => (long)shape.CorrectionBytes));
            }),
        ];
    }
}
