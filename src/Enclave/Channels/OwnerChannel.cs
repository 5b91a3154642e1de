using System.Buffers;
using System.Text;
using Blindsight.Enclave.Contexts;
using Blindsight.Enclave.Models;
using Blindsight.Enclave.Queries;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave.Channels;

/// <summary>
/// The inner end of one owner's channel: opens records, does what they say for that owner alone, and seals the answers. A record that does not open closes
/// the channel. Not thread-safe.
/// </summary>
internal sealed class OwnerChannel(RecordCipher cipher, byte[] transcript, ModelShelf models, QueryDesk queries, RoomCounters counters, RoomLimits limits)
    : IDisposable
{
    private readonly Dictionary<RoomId, OwnedQuery> _asked = [];
    private ArrayBufferWriter<byte>? _package;
    private int _announced;
    private KeyContext? _context;

    /// <summary>Answers one record.</summary>
    /// <returns>What the host is told, and the sealed answer.</returns>
    /// <exception cref="RoomException">RecordRefused.</exception>
    public (byte[] Notice, byte[] Record) Answer(ReadOnlySpan<byte> record)
    {
        byte[] content = cipher.Open(record);
        WireWriter notice = new();
        try
        {
            WireReader reader = new(content, "message");
            byte[] answer = Answer((OwnerMessage)reader.Byte(), ref reader, notice);
            return (notice.ToBytes() is { Length: > 0 } told ? told : [(byte)RoomNotice.None], cipher.Seal([(byte)RoomFault.None, .. answer]));
        }
        catch (RoomException refused)
        {
            counters.Refused(refused.Fault);
            return ([(byte)RoomNotice.None], cipher.Seal([(byte)refused.Fault, .. Encoding.UTF8.GetBytes(refused.Message)]));
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(content);
        }
    }

    public void Dispose() => cipher.Dispose();

    private byte[] Answer(OwnerMessage message, ref WireReader reader, WireWriter notice) => message switch
    {
        OwnerMessage.ModelBegin => ModelBegin(ref reader),
        OwnerMessage.ModelPart => ModelPart(ref reader),
        OwnerMessage.ModelEnd => ModelEnd(ref reader, notice),
        OwnerMessage.Enter => Enter(ref reader, notice),
        OwnerMessage.Ask => Ask(ref reader, notice),
        OwnerMessage.Collect => Collect(ref reader),
        _ => throw new RoomException(RoomFault.UnknownRequest, $"a message of kind {(byte)message} is not known"),
    };

    private byte[] ModelBegin(ref WireReader reader)
    {
        if (_context is not null || _package is not null) throw new RoomException(RoomFault.OutOfOrder, "this channel is at something else");
        _announced = reader.Int32(1, limits.ModelBytesMax);
        reader.End();
        // Grows with what arrives, so that an announcement alone takes no memory.
        _package = new();
        return [];
    }

    private byte[] ModelPart(ref WireReader reader)
    {
        if (_package is null) throw new RoomException(RoomFault.OutOfOrder, "no model was announced");
        if (_package.WrittenCount + (long)reader.Left > _announced)
            throw new RoomException(RoomFault.Malformed, $"a model of {_announced} bytes was announced, and more arrives");
        _package.Write(reader.Take(reader.Left));
        return [];
    }

    private byte[] ModelEnd(ref WireReader reader, WireWriter notice)
    {
        reader.End();
        if (_package?.WrittenCount != _announced) throw new RoomException(RoomFault.OutOfOrder, "not all of a model has arrived");
        try
        {
            RoomModel model = models.Add(_package.WrittenSpan);
            notice.Byte((byte)RoomNotice.ModelReady).Raw(model.Id.ToBytes());
            return model.Id.ToBytes();
        }
        finally
        {
            _package.Clear();
            _package = null;
        }
    }

    private byte[] Enter(ref WireReader reader, WireWriter notice)
    {
        if (_context is not null || _package is not null) throw new RoomException(RoomFault.OutOfOrder, "this channel is at something else");
        RoomId id = RoomId.Read(ref reader);
        ReadOnlySpan<byte> key = reader.Take(CurvePoint.Bytes), signature = reader.Take(Identity.RoomIdentity.SignatureBytes);
        reader.End();
        using (System.Security.Cryptography.ECDsa verifier = CurvePoint.Signature(key))
            if (!verifier.VerifyHash(DataOwnerProof.Of(transcript, id.ToBytes()), signature))
                throw new RoomException(RoomFault.UnknownContext, "the data owner's signature does not verify");
        RoomModel model = models[id];
        model.RequireTrusted();
        _context = queries.Enter(model, key);
        notice.Byte((byte)RoomNotice.ContextEntered).Raw(id.ToBytes()).Raw(_context.Id.ToBytes());
        return new WireWriter().Raw(_context.Id.ToBytes()).Byte(model.Projections is null ? (byte)0 : (byte)1)
            .Bytes(model.Package.Contract).Bytes(model.Package.Description).ToBytes();
    }

    private byte[] Ask(ref WireReader reader, WireWriter notice)
    {
        KeyContext context = _context ?? throw new RoomException(RoomFault.OutOfOrder, "no context was entered");
        Contract.RoomContract contract = context.Model.Contract;
        int images = reader.Int32(1, contract.Images);
        float[][][] inputs = new float[contract.Inputs.Length][][];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = new float[images][];
            int elements = contract.Inputs[i].Elements;
            float most = MathF.ScaleB(1, contract.Values[contract.Inputs[i].Value].Exponent);
            for (int image = 0; image < images; image++)
            {
                float[] numbers = inputs[i][image] = reader.Floats(elements);
                if (numbers.Length != elements) throw new RoomException(RoomFault.InputRefused, $"{numbers.Length} elements where {elements} are due");
                if (Largest(numbers) > most) throw new RoomException(RoomFault.InputRefused, $"an element is above {most}, the most that there is room for");
            }
        }
        reader.End();
        OwnedQuery query = queries.Add(context, inputs);
        _asked.Add(query.Id, query);
        notice.Byte((byte)RoomNotice.QueryWaits).Raw(context.Model.Id.ToBytes()).Raw(context.Id.ToBytes()).Raw(query.Id.ToBytes()).Int32(images);
        return query.Id.ToBytes();
    }

    private byte[] Collect(ref WireReader reader)
    {
        RoomId id = RoomId.Read(ref reader);
        reader.End();
        if (!_asked.TryGetValue(id, out OwnedQuery? query)) throw new RoomException(RoomFault.UnknownQuery, "this channel asked no such query");
        RoomResult? result;
        lock (query.Context)
        {
            if (query.Failure is null && query.Result is null)
                throw query.Epoch == query.Context.Epoch ? new RoomException(RoomFault.NotReady, "the host has not finished the query")
                    : new RoomException(RoomFault.KeyRotated, "the keys were replaced before the host finished the query; ask again");
            result = query.Result;
        }
        _asked.Remove(id);
        queries.Remove(query);
        if (query.Failure is { } failure) throw new RoomException(failure.Fault, failure.Message);
        WireWriter writer = new WireWriter().Double(result!.ErrorBound).Double(result.StatisticalBits);
        foreach (float[] image in result.Outputs.SelectMany(images => images)) writer.Floats(image);
        return writer.ToBytes();
    }

    /// <summary>Looks at every number, whatever they are.</summary>
    private static float Largest(float[] numbers)
    {
        float largest = 0;
        foreach (float number in numbers) largest = MathF.Max(largest, MathF.Abs(number));
        return largest;
    }
}
