using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.TwoServers.Joint;

/// <summary>
/// Functionality: with W = W_0 + W_1 and a mask A = A_0 + A_1 of each opened tensor, A_i drawn by server i, shares of A W + err for every
/// convolution, err bounded as the compile rule says and a function of both servers' secrets. Security: semi-honest. A_0 W_0 and A_1 W_1 are local;
/// for A_0 W_1 the first server is what a client is in <see cref="LinearServer"/> and the second what a server is there, and the other way
/// round for A_1 W_0: requests are RLWE ciphertexts, answers are rerandomised and masked by a uniform phase. Source: Delphi's use of Cheetah's packing, as
/// there; both directions and weights in digits are ours.
/// </summary>
/// <remarks>
/// Flight by flight, each of so many requests as fill a window: both servers send their requests, answer the other's, and read their answers. Both do the
/// same at the same time, so that neither waits for long.
/// </remarks>
internal sealed class JointProducts(ServerParty party, JointModel model, RlweClient own, RlweServer other) : IDisposable
{
    private ulong _queries;

    /// <summary>Shares for one query.</summary>
    /// <param name="randomness">Not used elsewhere at the same time.</param>
    public LinearShares Run(Prg randomness)
    {
        Dictionary<int, uint[]> masks = [], products = [];
        ulong query = _queries++;
        foreach (ImmutableArray<RequestSchedule.Request> flight in Flights(model.Schedule))
        {
            foreach (RequestSchedule.Request request in flight) Send(request, query, masks, randomness);
            foreach (RequestSchedule.Request request in flight) Answer(request, query, products, randomness);
            foreach (RequestSchedule.Answer answer in flight.SelectMany(request => request.Answers)) Receive(answer, products);
        }
        foreach (RequestSchedule.Request request in model.Schedule.Requests)
            foreach (RequestSchedule.Answer answer in request.Answers) AddOwn(answer, masks[request.Tensor], products);
        return new LinearShares(masks, products, new Dictionary<int, PhaseCost>());
    }

    public void Dispose()
    {
        own.Dispose();
        other.Dispose();
    }

    /// <summary>Requests in runs that fill a window of queued bytes, one at least.</summary>
    internal static IEnumerable<ImmutableArray<RequestSchedule.Request>> Flights(RequestSchedule schedule)
    {
        List<RequestSchedule.Request> flight = [];
        long bytes = 0;
        foreach (RequestSchedule.Request request in schedule.Requests)
        {
            long more = request.Bytes + request.ResponseBytes;
            if (flight.Count > 0 && bytes + more > LinearClient.WindowBytes)
            {
                yield return [.. flight];
                flight.Clear();
                bytes = 0;
            }
            flight.Add(request);
            bytes += more;
        }
        if (flight.Count > 0) yield return [.. flight];
    }

    private void Send(RequestSchedule.Request request, ulong query, Dictionary<int, uint[]> masks, Prg randomness)
    {
        if (!masks.TryGetValue(request.Tensor, out uint[]? mask))
        {
            mask = masks[request.Tensor] = new uint[model.Flow.Plan.Tensors[request.Tensor].Elements];
            randomness.Fill<uint>(mask);
        }
        LinearConsumer kept = request.Answers[0].Packing.Kept;
        using Rented<uint> spread = new(request.Encryption.InElements);
        using Rented<byte> message = new(request.Bytes);
        kept.Digits!.Spread(kept, mask, spread.Span);
        own.Encrypt(request.Encryption, query, request.Number, spread.Span, message.Span);
        party.Peer.Send(MessageTag.LinearRequest, message.Span);
        party.Peer.Flush();
    }

    private void Answer(RequestSchedule.Request request, ulong query, Dictionary<int, uint[]> products, Prg randomness)
    {
        using Rented<byte> message = new(request.Bytes);
        party.Peer.Receive(MessageTag.LinearRequest, message.Span);
        using RequestCiphertexts ciphertexts = Read(request, query, message.Span);
        foreach (RequestSchedule.Answer answer in request.Answers)
        {
            using Rented<byte> response = new(answer.Packing.ResponseBytes);
            using Rented<uint> share = new(answer.Packing.Geometry.OutElements);
            other.Evaluate(model.Weights(answer.Step, answer.Term), ciphertexts, response.Span, share.Span, randomness);
            party.Peer.Send(MessageTag.LinearResponse, response.Span);
            party.Peer.Flush();
            LinearShares.Add(products, answer.Step, 0, 1, share.Span);
        }
    }

    private RequestCiphertexts Read(RequestSchedule.Request request, ulong query, ReadOnlySpan<byte> message)
    {
        try
        {
            return other.Read(request.Encryption, query, request.Number, message);
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "linear request", malformed.Message, malformed);
        }
    }

    private void Receive(RequestSchedule.Answer answer, Dictionary<int, uint[]> products)
    {
        using Rented<byte> message = new(answer.Packing.ResponseBytes);
        using Rented<uint> share = new(answer.Packing.Geometry.OutElements);
        party.Peer.Receive(MessageTag.LinearResponse, message.Span);
        try
        {
            own.Decrypt(answer.Packing, message.Span, share.Span);
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "linear response", malformed.Message, malformed);
        }
        LinearShares.Add(products, answer.Step, 0, 1, share.Span);
    }

    /// <summary>A_i W_i.</summary>
    private void AddOwn(RequestSchedule.Answer answer, uint[] mask, Dictionary<int, uint[]> products)
    {
        using Rented<uint> product = new(answer.Packing.Geometry.OutElements);
        RingConvolution.Convolve(model.Flow.Geometry(answer.Step, answer.Term), mask, model.Share[answer.Step, answer.Term], product.Span);
        LinearShares.Add(products, answer.Step, 0, 1, product.Span);
    }
}
