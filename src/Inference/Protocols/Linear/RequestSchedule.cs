using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>
/// Which ciphertexts travel for a plan, the same at both parties: for each opened tensor its requests, for each request the
/// convolutions that answer it.
/// </summary>
internal sealed class RequestSchedule
{
    public RequestSchedule(DataFlow flow, RlweParameters parameters) : this(flow, parameters, LinearPacking.Choose) { }

    /// <param name="choose">Finds the packings of a tensor's consumers.</param>
    public RequestSchedule(DataFlow flow, RlweParameters parameters, PackingChoice choose)
    {
        ImmutableArray<Request>.Builder requests = ImmutableArray.CreateBuilder<Request>();
        foreach (int tensor in Enumerable.Range(0, flow.Plan.Tensors.Length).Where(flow.Opened))
        {
            (int Step, int Term, ConvolutionGeometry Geometry)[] layers = [.. flow.Convolutions(tensor)];
            LinearConsumer[] consumers = [.. layers.Select(layer => Consumer(flow.Plan, layer.Step, layer.Geometry))];
            foreach (LinearRequest encryption in choose(parameters, consumers))
                requests.Add(new Request((uint)requests.Count, tensor, encryption, [.. encryption.Packings.Select(packing =>
                    new Answer(layers[packing.Consumer].Step, layers[packing.Consumer].Term, packing))]));
        }
        Requests = requests.ToImmutable();
    }

    private RequestSchedule() => Requests = [];

    /// <summary>Where nothing travels.</summary>
    public static RequestSchedule None { get; } = new();

    public ImmutableArray<Request> Requests { get; }

    /// <summary>What client and server do for a batch, told to a script.</summary>
    /// <param name="transforms">Weight polynomials of a convolution that the server transforms anew for each row.</param>
    /// <param name="metered">Told when a party has done what is booked on a step.</param>
    /// <param name="done">Told when a party is done with a request.</param>
    public void Run(Script script, DataFlow flow, int rows, Func<Answer, long> transforms, Action<Role, int> metered, Action<Role> done)
    {
        Queue<Request> waiting = [];
        long waitingBytes = 0;
        for (int row = 0; row < rows; row++)
            foreach (Request request in Requests)
            {
                script.Does(Role.Client, Work.Element, flow.Plan.Tensors[request.Tensor].Elements);
                script.Does(Role.Client, Work.CiphertextEncrypted, request.Encryption.Blocks);
                script.Sends(Role.Client, request.Bytes);
                metered(Role.Client, request.Answers[0].Step);
                Serve(script, request, transforms, metered);
                done(Role.Server);
                waiting.Enqueue(request);
                waitingBytes += request.ResponseBytes;
                while (waitingBytes > LinearClient.WindowBytes) TakeOldest();
            }
        while (waiting.Count > 0) TakeOldest();

        void TakeOldest()
        {
            Request request = waiting.Dequeue();
            waitingBytes -= request.ResponseBytes;
            foreach (Answer answer in request.Answers)
            {
                script.Receives(Role.Client);
                script.Does(Role.Client, Work.CiphertextDecrypted, answer.Packing.Polynomials);
                script.Does(Role.Client, Work.ResponseRead, answer.Packing.Geometry.OutElements);
                metered(Role.Client, answer.Step);
            }
            done(Role.Client);
        }
    }

    private static void Serve(Script script, Request request, Func<Answer, long> transforms, Action<Role, int> metered)
    {
        script.Receives(Role.Server);
        script.Does(Role.Server, Work.CiphertextRead, request.Encryption.Blocks);
        foreach (Answer answer in request.Answers)
        {
            script.Does(Role.Server, Work.WeightTransformed, transforms(answer));
            script.Does(Role.Server, Work.CiphertextMultiplied, answer.Packing.Products);
            script.Does(Role.Server, Work.CiphertextAnswered, answer.Packing.Polynomials);
            script.Does(Role.Server, Work.ResponseMade, answer.Packing.Geometry.OutElements);
            script.Sends(Role.Server, answer.Packing.ResponseBytes);
            script.Flushes(Role.Server);
            metered(Role.Server, answer.Step);
        }
    }

    /// <summary>What a step keeps of one of its convolutions.</summary>
    private static LinearConsumer Consumer(InferencePlan plan, int index, ConvolutionGeometry geometry)
    {
        LinearStep step = (LinearStep)plan.Steps[index];
        return new LinearConsumer(geometry, plan.Tensors[step.Output].RingBits, step.ChannelShifts,
            step.Terms.Count(term => term is ConvolutionTerm), step.Released);
    }

    /// <summary>As <see cref="LinearPacking.Choose"/>.</summary>
    internal delegate ImmutableArray<LinearRequest> PackingChoice(RlweParameters parameters, params ReadOnlySpan<LinearConsumer> consumers);

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
