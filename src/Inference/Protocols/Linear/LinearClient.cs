using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>
/// The client's offline phase of linear layers. Functionality, security and source: see <see cref="LinearServer"/>. Requests run
/// ahead of responses by a window of bytes, so that both parties compute at the same time.
/// </summary>
internal sealed class LinearClient(RlweClient encryption, RequestSchedule schedule, int threads) : ILinearPreparation
{
    /// <summary>Responses that may be under way.</summary>
    public const long WindowBytes = 32L << 20;

    private ulong _inference;

    public RequestSchedule Schedule => schedule;

    public LinearShares Run(Party party, DataFlow flow, int rows, Action<string> report)
    {
        Dictionary<int, uint[]> masks = [], products = [];
        Dictionary<int, PhaseCost> costs = [];
        Meter meter = new(party.Channel);
        Queue<(RequestSchedule.Request Request, int Row)> waiting = [];
        long waitingBytes = 0;
        for (int row = 0; row < rows; row++)
        {
            ulong inference = _inference++;
            foreach (RequestSchedule.Request request in schedule.Requests)
            {
                Send(party, flow, request, row, rows, inference, masks);
                LinearShares.Add(costs, request.Answers[0].Step, meter.Lap());
                waiting.Enqueue((request, row));
                waitingBytes += request.ResponseBytes;
                while (waitingBytes > WindowBytes) ReceiveOldest();
            }
        }
        while (waiting.Count > 0) ReceiveOldest();
        return new LinearShares(masks, products, costs);

        void ReceiveOldest()
        {
            (RequestSchedule.Request request, int row) = waiting.Dequeue();
            waitingBytes -= request.ResponseBytes;
            foreach (RequestSchedule.Answer answer in request.Answers)
            {
                Receive(party.Channel, answer, row, rows, products);
                LinearShares.Add(costs, answer.Step, meter.Lap());
            }
            report(flow.Plan.Steps[request.Answers[0].Step].Name);
        }
    }

    public void Dispose() => encryption.Dispose();

    private void Send(
        Party party, DataFlow flow, RequestSchedule.Request request, int row, int rows, ulong inference, Dictionary<int, uint[]> masks)
    {
        int elements = flow.Plan.Tensors[request.Tensor].Elements;
        if (!masks.TryGetValue(request.Tensor, out uint[]? mask))
        {
            mask = masks[request.Tensor] = new uint[rows * elements];
            party.Randomness.Fill<uint>(mask);
        }
        using Rented<byte> message = new(request.Bytes);
        encryption.Encrypt(request.Encryption, inference, request.Number, mask.AsSpan(row * elements, elements), message.Span, threads);
        party.Channel.Send(MessageTag.LinearRequest, message.Span);
    }

    private void Receive(IChannel channel, RequestSchedule.Answer answer, int row, int rows, Dictionary<int, uint[]> products)
    {
        using Rented<byte> message = new(answer.Packing.ResponseBytes);
        channel.Receive(MessageTag.LinearResponse, message.Span);
        using Rented<uint> share = new(answer.Packing.Geometry.OutElements);
        try
        {
            encryption.Decrypt(answer.Packing, message.Span, share.Span, threads);
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "linear response", malformed.Message, malformed);
        }
        LinearShares.Add(products, answer.Step, row, rows, share.Span);
    }
}
