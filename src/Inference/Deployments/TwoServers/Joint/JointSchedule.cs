using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;

namespace Blindsight.Inference.Deployments.TwoServers.Joint;

/// <summary>
/// Which ciphertexts travel for a plan between two servers that hold shares of the weights, the same in both directions. A share is uniform in as many
/// bits as a result and its shift have; its digits (<see cref="WeightDigits"/>) are chosen here: as few as the rule of errors allows, of widths
/// that keep errors least.
/// </summary>
internal static class JointSchedule
{
    private const int DigitsMax = 3;

    /// <exception cref="ParameterException">The error of a layer's encryption may exceed what is allowed; the message names the layer.</exception>
    public static RequestSchedule Create(DataFlow flow, RlweParameters parameters)
    {
        RequestSchedule schedule = new(flow, parameters, Choose);
        foreach (IGrouping<int, RequestSchedule.Answer> step in schedule.Requests.SelectMany(request => request.Answers).GroupBy(answer => answer.Step))
            RlweNoise.Check(flow.Plan.Steps[step.Key].Name, step.Sum(answer => answer.Packing.LargestNoise.BoundUnits));
        return schedule;
    }

    private static ImmutableArray<LinearRequest> Choose(RlweParameters parameters, params ReadOnlySpan<LinearConsumer> consumers)
    {
        ImmutableArray<LinearConsumer> all = [.. consumers];
        for (int digits = WeightDigits.CountMin(all); ; digits++)
        {
            WeightDigits chosen = WeightDigits.Best(digits, all);
            ImmutableArray<LinearRequest> requests = LinearPacking.Choose(parameters, [.. all.Select(chosen.Widen)]);
            if (digits >= DigitsMax || requests.All(request => request.Packings.All(
                    packing => packing.LargestNoise.BoundUnits * packing.Kept.Summands <= RlweNoise.LimitUnits)))
                return requests;
        }
    }
}
