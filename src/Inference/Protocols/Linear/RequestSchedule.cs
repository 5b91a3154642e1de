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
        for (int tensor = 0; tensor < flow.Plan.Tensors.Length; tensor++)
        {
            if (!flow.Opened(tensor)) continue;
            foreach (var (step, term, geometry) in flow.Convolutions(tensor))
                requests.Add(new Request((uint)requests.Count, tensor,
                    [new Answer(step, term, LinearPacking.Choose(geometry, parameters))]));
        }
        Requests = requests.ToImmutable();
    }

    public ImmutableArray<Request> Requests { get; }

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
