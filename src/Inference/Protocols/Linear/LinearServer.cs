using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>
/// The server's offline phase of linear layers. Functionality: for uniform r of the client's, the client obtains uniform c and the
/// server W * r + err - c, err being bounded by the compile rule and depending on W, which is why no 32-bit
/// accumulator is ever opened. Security: semi-honest; the client's requests are RLWE ciphertexts, the server's answers are
/// rerandomised and masked by a uniform phase. Source: the coefficient packing of Cheetah (section 3), the offline use of
/// Delphi (section 4.1); departures in <see cref="LinearPacking"/>.
/// </summary>
internal sealed class LinearServer(
    RlweServer encryption, RequestSchedule schedule, Func<int, int, PreparedWeights> weights, int threads) : ILinearPreparation
{
    private ulong _inference;

    public RequestSchedule Schedule => schedule;

    public LinearShares Run(Party party, DataFlow flow, int rows, Action<string> report)
    {
        Dictionary<int, uint[]> products = [];
        Dictionary<int, PhaseCost> costs = [];
        Meter meter = new(party.Channel);
        for (int row = 0; row < rows; row++)
        {
            ulong inference = _inference++;
            foreach (RequestSchedule.Request request in schedule.Requests)
            {
                using RequestCiphertexts ciphertexts = Read(party.Channel, request, inference);
                foreach (RequestSchedule.Answer answer in request.Answers)
                {
                    Answer(party, answer, ciphertexts, row, rows, products);
                    LinearShares.Add(costs, answer.Step, meter.Lap());
                }
                report(flow.Plan.Steps[request.Answers[0].Step].Name);
            }
        }
        return new LinearShares(new Dictionary<int, uint[]>(), products, costs);
    }

    public void Dispose() => encryption.Dispose();

    private RequestCiphertexts Read(IChannel channel, RequestSchedule.Request request, ulong inference)
    {
        using Rented<byte> message = new(request.Bytes);
        channel.Receive(MessageTag.LinearRequest, message.Span);
        try
        {
            return encryption.Read(request.Encryption, inference, request.Number, message.Span, threads);
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "linear request", malformed.Message, malformed);
        }
    }

    private void Answer(
        Party party, RequestSchedule.Answer answer, RequestCiphertexts ciphertexts, int row, int rows, Dictionary<int, uint[]> products)
    {
        using Rented<byte> response = new(answer.Packing.ResponseBytes);
        using Rented<uint> share = new(answer.Packing.Geometry.OutElements);
        encryption.Evaluate(weights(answer.Step, answer.Term), ciphertexts, response.Span, share.Span, party.Randomness, threads);
        party.Channel.Send(MessageTag.LinearResponse, response.Span);
        party.Channel.Flush();
        LinearShares.Add(products, answer.Step, row, rows, share.Span);
    }
}
