using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Client;
using Blindsight.Inference.Deployments.TwoServers;

namespace Blindsight.Hosting.Server.Http;

/// <summary>
/// All that a client needs to encode an input and to decode a result, as GET /v1/model gives it; all of it follows from the plan, which is public.
/// </summary>
/// <param name="Plan">SHA-256 of the plan, in hexadecimal digits.</param>
/// <param name="Input">The first; <paramref name="Inputs"/> of them follow each other in an upload.</param>
/// <param name="Output">The first; <paramref name="Outputs"/> of them follow each other in a result.</param>
/// <param name="Labels">Names of the classes, where the plan has them.</param>
/// <param name="UploadBytes">Of this server's upload.</param>
/// <param name="ResultBytes">Of a result share, before it is sealed.</param>
/// <param name="Peer">Where the other server waits for clients, where it has been reached.</param>
public sealed record ModelDescription(
    string Party, string Model, string Plan, string Comparison, string Release, InputDescription Input, int Inputs, OutputDescription Output, int Outputs,
    ImmutableArray<string>? Labels, int UploadBytes, int ResultBytes, double RetentionSeconds, string? Peer)
{
    internal static ModelDescription Of(InferencePlan plan, byte[] planHash, ServerRole role, TimeSpan keep, string? peer)
    {
        InputStep input = plan.Steps.OfType<InputStep>().Single(step => step.InputIndex == 0);
        OutputStep output = plan.Steps.OfType<OutputStep>().Single(step => step.OutputIndex == 0);
        PlanTensor entering = plan.Tensors[input.Output], leaving = plan.Tensors[output.Input];
        return new ModelDescription($"{role.Letter()}", plan.Model, Convert.ToHexStringLower(planHash), plan.Comparison, plan.Release,
            new InputDescription(plan.Inputs[0].Shape, entering.ValueBits, entering.ScaleBits, entering.Elements, plan.Card), plan.Inputs.Length,
            new OutputDescription(plan.Outputs[0].Shape, leaving.Elements, leaving.RingBits, leaving.ScaleBits, $"{output.PostOperation.Kind}",
                output.PostOperation.Axis), plan.Outputs.Length,
            plan.Card.Classes.Length > 0 ? plan.Card.Classes : null, QueryUpload.BytesOf(plan, role), QueryShares.ResultBytes(plan), keep.TotalSeconds, peer);
    }
}

/// <summary>An element x becomes the nearest integer to x 2^Scale, held within Bits bits, signed, in 32 bits.</summary>
public sealed record InputDescription(ImmutableArray<int> Shape, int Bits, int Scale, int Elements, InputCard Card);

/// <summary>An element is the sum of both shares modulo 2^RingBits, read as a signed number, over 2^Scale; then the post-operation, over the axis.</summary>
public sealed record OutputDescription(ImmutableArray<int> Shape, int Elements, int RingBits, int Scale, string PostOperation, int Axis);
