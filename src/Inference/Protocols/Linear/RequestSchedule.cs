using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;
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
        {
            (int Step, int Term, ConvolutionGeometry Geometry)[] layers = [.. flow.Convolutions(tensor)];
            LinearConsumer[] consumers = [.. layers.Select(layer => Consumer(flow.Plan, layer.Step, layer.Geometry))];
            foreach (LinearRequest encryption in LinearPacking.Choose(parameters, consumers))
                requests.Add(new Request((uint)requests.Count, tensor, encryption, [.. encryption.Packings.Select(packing =>
                    new Answer(layers[packing.Consumer].Step, layers[packing.Consumer].Term, packing))]));
        }
        Requests = requests.ToImmutable();
    }

    public ImmutableArray<Request> Requests { get; }

    /// <summary>What a step keeps of one of its convolutions.</summary>
    private static LinearConsumer Consumer(InferencePlan plan, int index, ConvolutionGeometry geometry)
    {
        LinearStep step = (LinearStep)plan.Steps[index];
        return new LinearConsumer(geometry, plan.Tensors[step.Output].RingBits, step.ChannelShifts,
            step.Terms.Count(term => term is ConvolutionTerm), step.Released);
    }

    /// <summary>One encryption of a tensor's mask.</summary>
    /// <param name="Number">Its place in the schedule, which its randomness is bound to.</param>
    /// <param name="Encryption">The packing of the mask, which all answers share.</param>
    internal sealed record Request(uint Number, int Tensor, LinearRequest Encryption, ImmutableArray<Answer> Answers)
    {
        /// <summary>Bytes of the request for one row.</summary>
        public int Bytes => Encryption.RequestBytes;

        /// <summary>Bytes of all answers for one row.</summary>
        public long ResponseBytes => Answers.Sum(answer => (long)answer.Packing.ResponseBytes);
    }

    /// <summary>One convolution of a plan and its packing.</summary>
    internal sealed record Answer(int Step, int Term, LinearPacking Packing);
}
