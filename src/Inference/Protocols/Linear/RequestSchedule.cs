using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>
/// Which ciphertexts travel for a plan, the same at both parties: for each opened tensor its requests, for each request the
/// convolutions that answer it.
/// </summary>
internal sealed class RequestSchedule
{
    public RequestSchedule(DataFlow flow, RlweParameters parameters)
    {
        ImmutableArray<Request>.Builder requests = ImmutableArray.CreateBuilder<Request>();
        foreach (int tensor in Enumerable.Range(0, flow.Plan.Tensors.Length).Where(flow.Opened))
            foreach (ImmutableArray<Answer> answers in flow.Convolutions(tensor)
                .GroupBy(layer => (layer.Geometry.StrideHeight, layer.Geometry.StrideWidth))
                .SelectMany(layers => Cheapest([.. layers], parameters)))
                requests.Add(new Request((uint)requests.Count, tensor, answers));
        Requests = requests.ToImmutable();
    }

    public ImmutableArray<Request> Requests { get; }

    /// <summary>One request for all layers of a tensor with equal strides, or one for each, whichever takes fewer bytes.</summary>
    private static IEnumerable<ImmutableArray<Answer>> Cheapest(
        (int Step, int Term, ConvolutionGeometry Geometry)[] layers, RlweParameters parameters)
    {
        Answer[] apart = [.. layers.Select(layer => new Answer(layer.Step, layer.Term, LinearPacking.Choose(parameters, layer.Geometry)))];
        if (layers.Length == 1) return [[apart[0]]];
        LinearPacking[] packings = LinearPacking.ChooseShared(parameters, [.. layers.Select(layer => layer.Geometry)]);
        ImmutableArray<Answer> shared = [.. layers.Zip(packings, (layer, packing) => new Answer(layer.Step, layer.Term, packing))];
        long together = packings[0].RequestBytes + packings.Sum(packing => (long)packing.ResponseBytes);
        return together <= apart.Sum(answer => (long)answer.Packing.RequestBytes + answer.Packing.ResponseBytes)
            ? [shared] : apart.Select(answer => ImmutableArray.Create(answer));
    }

    /// <summary>One encryption of a tensor's mask.</summary>
    /// <param name="Number">Its place in the schedule, which its randomness is bound to.</param>
    internal sealed record Request(uint Number, int Tensor, ImmutableArray<Answer> Answers)
    {
        /// <summary>Bytes of the request for one row; all answers share the layout.</summary>
        public int Bytes => Answers[0].Packing.RequestBytes;

        /// <summary>Bytes of all answers for one row.</summary>
        public long ResponseBytes => Answers.Sum(answer => (long)answer.Packing.ResponseBytes);
    }

    /// <summary>One convolution of a plan and its packing.</summary>
    internal sealed record Answer(int Step, int Term, LinearPacking Packing);
}
