using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Attestation.Collection;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Contexts;
using Blindsight.Enclave.Identity;
using Blindsight.Enclave.Models;
using Blindsight.Enclave.Queries;
using Blindsight.Enclave.Sealing;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave;

/// <summary>The enclave: what it holds, and its answers to the host. Thread-safe. Refusals have names and are counted; no answer has a secret in it.</summary>
public sealed class Room : IDisposable
{
    /// <summary>Ciphertexts of weights in one answer.</summary>
    public const int WeightsAtOnceMax = 256;

    private const int SmallBytesMax = 64, IdBytesMax = 1 << 16;

    private readonly Sealer _sealer;
    private readonly RoomIdentity _identity;
    private readonly ModelShelf _models;
    private readonly QueryDesk _queries;
    private readonly RoomLimits _limits;
    private readonly Dictionary<ulong, OwnerChannel> _channels = [];

    private Room(string state, IEvidenceSource source, RoomLimits limits)
    {
        _limits = limits;
        SealedFolder.CreateFolder(state);
        _sealer = SealingKey.Open(source.Assurance, state);
        try
        {
            _identity = RoomIdentity.Open(new(state, _sealer, IdBytesMax), source);
            _models = new(state, _sealer, limits, Counters.Refused);
            _queries = new(limits, Counters);
        }
        catch
        {
            _sealer.Dispose();
            throw;
        }
    }

    public RoomCounters Counters { get; } = new();

    /// <summary>Opens the state in a folder, or begins one.</summary>
    /// <exception cref="RoomException">SealRefused: the identity cannot be opened. EvidenceUnavailable.</exception>
    public static Room Open(string state, IEvidenceSource source, RoomLimits limits) => new(state, source, limits);

    /// <summary>The longest payload of a request of a kind; -1 for none that is known.</summary>
    public int PayloadBytesMax(byte kind) => (RoomRequest)kind switch
    {
        RoomRequest.Open => 256,
        RoomRequest.Record => sizeof(ulong) + RoomFrames.RecordBytesMax,
        RoomRequest.Close or RoomRequest.Keys or RoomRequest.Weights or RoomRequest.Begin or RoomRequest.Abandon or RoomRequest.Report => SmallBytesMax,
        RoomRequest.Refresh or RoomRequest.Finish => (int)Math.Min(RoomFrames.AnswerBytesMax, SmallBytesMax + 2 * _models.SubmissionBytesMax),
        _ => -1,
    };

    /// <summary>Answers a request.</summary>
    /// <returns>The fault, or none; the answer, or the refusal in words.</returns>
    public (RoomFault Fault, byte[] Answer) Answer(RoomRequest request, ReadOnlySpan<byte> payload)
    {
        try
        {
            WireReader reader = new(payload, $"{request}");
            return (RoomFault.None, Answer(request, ref reader));
        }
        catch (RoomException refused)
        {
            return Refuse(refused.Fault, refused.Message);
        }
        catch (Exception refused) when (refused is ParameterException or FormatException)
        {
            return Refuse(RoomFault.Malformed, refused.Message);
        }
        catch (Exception defect)
        {
            // The type is all that is told of it: messages of other exceptions could hold numbers.
            return Refuse(RoomFault.Defect, defect.GetType().Name);
        }
    }

    public void Dispose()
    {
        lock (_channels)
            foreach (OwnerChannel channel in _channels.Values) channel.Dispose();
        _queries.Dispose();
        _models.Dispose();
        _identity.Dispose();
        _sealer.Dispose();
    }

    private (RoomFault, byte[]) Refuse(RoomFault fault, string words)
    {
        Counters.Refused(fault);
        return (fault, Encoding.UTF8.GetBytes(words));
    }

    private byte[] Answer(RoomRequest request, ref WireReader reader)
    {
        switch (request)
        {
            case RoomRequest.Open: return OpenChannel(ref reader);
            case RoomRequest.Record: return Record(ref reader);
            case RoomRequest.Close:
                Close(reader.UInt64());
                return [];
            case RoomRequest.Keys: return Keys(ref reader);
            case RoomRequest.Weights: return Weights(ref reader);
            case RoomRequest.Begin:
                OwnedQuery begun = _queries.QueryOf(ref reader);
                reader.End();
                return QueryWork.Begin(begun, Counters);
            case RoomRequest.Refresh: return QueryWork.Refresh(_queries.QueryOf(ref reader), ref reader, Counters);
            case RoomRequest.Finish:
                QueryWork.Finish(_queries.QueryOf(ref reader), ref reader, _limits, Counters);
                return [];
            case RoomRequest.Abandon:
                OwnedQuery given = _queries.QueryOf(ref reader);
                lock (given.Context) given.Fail(new RoomException(RoomFault.NotReady, "the host gave the query up"));
                return [];
            case RoomRequest.Report: return Counters.ToJson();
            default: throw new RoomException(RoomFault.UnknownRequest, $"a request of kind {(byte)request} is not known");
        }
    }

    private byte[] OpenChannel(ref WireReader reader)
    {
        OwnerHello hello = OwnerHello.Read(reader.Take(reader.Left));
        using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ulong number = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        byte[] point = CurvePoint.Of(key), transcript = RoomHello.Transcript(hello, number, point, _identity.PublicKey, _identity.Evidence);
        RecordCipher cipher = new(key, hello.Key, transcript, isRoom: true);
        lock (_channels)
        {
            if (_channels.Count >= _limits.ChannelsMax)
            {
                cipher.Dispose();
                throw new RoomException(RoomFault.TooMany, $"{_limits.ChannelsMax} channels are open already");
            }
            _channels.Add(number, new(cipher, transcript, _models, _queries, Counters, _limits));
        }
        return new RoomHello(number, point, _identity.PublicKey, _identity.Evidence, _identity.Sign(transcript)).ToBytes();
    }

    private byte[] Record(ref WireReader reader)
    {
        ulong number = reader.UInt64();
        OwnerChannel? channel;
        lock (_channels)
            if (!_channels.TryGetValue(number, out channel)) throw new RoomException(RoomFault.UnknownChannel, "there is no such channel");
        try
        {
            lock (channel)
            {
                (byte[] notice, byte[] record) = channel.Answer(reader.Take(reader.Left));
                return new WireWriter().Bytes(notice).Raw(record).ToBytes();
            }
        }
        catch (RoomException refused) when (refused.Fault == RoomFault.RecordRefused)
        {
            Close(number);
            throw;
        }
    }

    private void Close(ulong number)
    {
        OwnerChannel? channel;
        lock (_channels) _channels.Remove(number, out channel);
        if (channel is null) return;
        lock (channel) channel.Dispose();
    }

    private byte[] Keys(ref WireReader reader)
    {
        KeyContext context = _queries.ContextOf(ref reader);
        reader.End();
        lock (context)
        {
            (byte[] relinearization, byte[] rotations) = context.EvaluationKeys();
            return new WireWriter().UInt64(context.Epoch).Bytes(relinearization).Bytes(rotations).ToBytes();
        }
    }

    private byte[] Weights(ref WireReader reader)
    {
        KeyContext context = _queries.ContextOf(ref reader);
        ulong epoch = reader.UInt64();
        int all = context.Model.Package.Weights.Count, first = reader.Int32(0, all), count = reader.Int32(0, Math.Min(WeightsAtOnceMax, all - first));
        reader.End();
        lock (context)
        {
            context.RequireEpoch(epoch);
            Counters.Encrypted(count);
            return QueryWork.Written(new(), context.Weights(first, count));
        }
    }
}
