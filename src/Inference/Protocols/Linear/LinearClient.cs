using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>
/// The client's offline phase of linear layers. Functionality, security and source: see <see cref="LinearServer"/>. Requests run
/// ahead of responses by a window of bytes, so that both parties compute at the same time.
/// </summary>
internal sealed class LinearClient(RlweClient encryption, RequestSchedule schedule) : ILinearPreparation
{
    private const long WindowBytes = 32L << 20;
    private ulong _inference;

    public LinearShares Run(Party party, DataFlow flow, int rows, Action<int, int, string> report)
    {
        Dictionary<int, uint[]> masks = [], products = [];
        Queue<(RequestSchedule.Request Request, int Row, ulong Inference)> waiting = [];
        long waitingBytes = 0;
        int done = 0, total = rows * schedule.Requests.Length;
        for (int row = 0; row < rows; row++)
        {
            ulong inference = _inference++;
            foreach (RequestSchedule.Request request in schedule.Requests)
            {
                Send(party, flow, request, row, rows, inference, masks);
                waiting.Enqueue((request, row, inference));
                waitingBytes += request.ResponseBytes;
                while (waitingBytes > WindowBytes) Receive();
            }
        }
        while (waiting.Count > 0) Receive();
        return new LinearShares(masks, products);

        void Receive()
        {
            (RequestSchedule.Request request, int row, _) = waiting.Dequeue();
            waitingBytes -= request.ResponseBytes;
            ReceiveAnswers(party.Channel, request, row, rows, products);
            report(++done, total, flow.Plan.Steps[request.Answers[0].Step].Name);
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
        byte[] message = new byte[request.Bytes];
        encryption.Encrypt(request.Answers[0].Packing, inference, request.Number, mask.AsSpan(row * elements, elements), message);
        party.Channel.Send(MessageTag.LinearRequest, message);
    }

    private void ReceiveAnswers(
        IChannel channel, RequestSchedule.Request request, int row, int rows, Dictionary<int, uint[]> products)
    {
        foreach (RequestSchedule.Answer answer in request.Answers)
        {
            int outputs = answer.Packing.Geometry.OutElements;
            byte[] message = new byte[answer.Packing.ResponseBytes];
            channel.Receive(MessageTag.LinearResponse, message);
            uint[] share = new uint[outputs];
            try
            {
                encryption.Decrypt(answer.Packing, message, share);
            }
            catch (FormatException malformed)
            {
                throw new ProtocolException(PeerFault.MalformedMessage, "linear response", malformed.Message, malformed);
            }
            LinearShares.Add(products, answer.Step, row, rows, share);
        }
    }
}
