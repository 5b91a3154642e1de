using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// What the parts of a plan take, in nanoseconds on a nominal machine: from multiplications, bytes and transfers, which the plan tells. Progress is
/// weighed by it, so only ratios matter; they were measured on SqueezeNet.
/// </summary>
internal static class WorkEstimate
{
    private const double EncryptedProductNs = 0.7, CiphertextByteNs = 10, TransferNs = 48;
    private const double ClearProductNs = 0.05, ElementNs = 4, MessageByteNs = 25;

    /// <summary>The offline phase: each request of each row, then each step.</summary>
    public static ImmutableArray<double> Offline(
        ImmutableArray<RequestSchedule.Request> requests, ImmutableArray<StepProtocol> steps, DataFlow flow, int rows)
    {
        double[] encrypted = [.. requests.Select(Encrypted)];
        return
        [
            .. Enumerable.Range(0, rows).SelectMany(_ => encrypted),
            .. steps.Select(step => TransferNs * (step.Transfers().FromServer + step.Transfers().FromClient) + Elements(step, flow, rows)),
        ];
    }

    /// <summary>The online phase: each step.</summary>
    public static ImmutableArray<double> Online(ImmutableArray<StepProtocol> steps, DataFlow flow, int rows) =>
    [
        .. steps.Select(step => MessageByteNs * (step.Cost().ClientToServer + step.Cost().ServerToClient)
            + ClearProductNs * rows * Products(step.Step) + Elements(step, flow, rows)),
    ];

    private static double Encrypted(RequestSchedule.Request request) =>
        EncryptedProductNs * request.Answers.Sum(answer => (double)answer.Packing.Geometry.Macs)
        + CiphertextByteNs * (request.Bytes + request.ResponseBytes);

    private static double Products(PlanStep step) =>
        step is LinearStep linear ? linear.Terms.OfType<ConvolutionTerm>().Sum(term => (double)term.Geometry.Macs) : 0;

    private static double Elements(StepProtocol step, DataFlow flow, int rows) =>
        ElementNs * rows * flow.Plan.Tensors[step.Step.Writes >= 0 ? step.Step.Writes : step.Step.Reads[0]].Elements;
}
