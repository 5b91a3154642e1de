using System.Security.Cryptography;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Identity;
using Blindsight.Enclave.Wire;

namespace Blindsight.Hosting.Rooms.Owners;

/// <summary>A query's answer.</summary>
/// <param name="Outputs">For each image a tensor for each output.</param>
/// <param name="ErrorBound">How far elements may be from exact arithmetic by noise, flood and rounding, before post-operations, in their own units.</param>
/// <param name="StatisticalBits">With which the flood hides the noise.</param>
public sealed record RoomAnswer(FloatTensor[][] Outputs, double ErrorBound, double StatisticalBits);

/// <summary>
/// The data owner: its inputs go into the enclave, which encrypts them for the host, and results come from there. It holds a signing key, by which the enclave
/// knows its contexts again. Not thread-safe.
/// </summary>
public sealed class DataOwnerClient
{
    private const int DescriptionBytesMax = 256 << 20;

    private readonly HostLine _line;
    private readonly AttestedChannel _channel;
    private readonly RoomId _context;
    private readonly RoomContract _contract;

    private DataOwnerClient(
        HostLine line, AttestedChannel channel, RoomId context, RoomContract contract, LeveledContract description, string hash, bool isChecked) =>
        (_line, _channel, _context, _contract, Description, ContractHash, HostIsChecked) = (line, channel, context, contract, description, hash, isChecked);

    /// <summary>Names, shapes, preprocessing: what the model's owner says of the model.</summary>
    public LeveledContract Description { get; }

    /// <summary>Whether the enclave checks that the host computes what the model says.</summary>
    public bool HostIsChecked { get; }

    /// <summary>SHA-256 of what the enclave goes by; compare it with what the model's owner says.</summary>
    public string ContractHash { get; }

    /// <summary>Enters the data owner's context with a model.</summary>
    /// <param name="identity">The data owner's key.</param>
    /// <exception cref="RoomException">The enclave refused, or has a contract that cannot be.</exception>
    /// <exception cref="ParameterException">The model owner's description is none, or not of this contract.</exception>
    public static DataOwnerClient Enter(HostLine line, AttestedChannel channel, RoomId model, ECDsa identity)
    {
        byte[] proof = identity.SignHash(DataOwnerProof.Of(channel.Transcript, model.ToBytes()), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        byte[] answer = channel.Ask(OwnerMessage.Enter, new WireWriter().Raw(model.ToBytes()).Raw(CurvePoint.Of(identity)).Raw(proof).ToBytes());
        WireReader reader = new(answer, "context");
        RoomId context = RoomId.Read(ref reader);
        bool isChecked = reader.Byte() == 1;
        ReadOnlySpan<byte> contract = reader.Bytes(DescriptionBytesMax), description = reader.Bytes(DescriptionBytesMax);
        reader.End();
        RoomContract read = RoomContract.Read(contract);
        LeveledContract described = LeveledContract.FromJson(description);
        if (!Fits(read, described)) throw new ParameterException("the model owner's description is not of the contract that the enclave goes by");
        return new(line, channel, context, read, described, Convert.ToHexStringLower(SHA256.HashData(contract)), isChecked);
    }

    /// <summary>Waits until the host has keys, and weights under them: before a first query, after a while.</summary>
    /// <exception cref="RoomException">It could not get them.</exception>
    public void Prepare() => _line.Follow(_context, (_, _, _) => { });

    /// <summary>One query, from input to result.</summary>
    /// <param name="images">For each image a tensor for each input; at most as many as the contract's.</param>
    /// <param name="progress">Told the step that the host has done, of how many, and its name.</param>
    /// <exception cref="RoomException">Enclave or host refused, or gave up.</exception>
    public RoomAnswer Infer(IReadOnlyList<FloatTensor[]> images, Action<int, int, string> progress)
    {
        WireWriter asked = new WireWriter().Int32(images.Count);
        for (int input = 0; input < _contract.Inputs.Length; input++)
            foreach (FloatTensor[] image in images) asked.Floats(image[input].Data);
        RoomId query = RoomId.Of(_channel.Ask(OwnerMessage.Ask, asked.ToBytes()).AsSpan(0, RoomId.Bytes));
        try
        {
            _line.Follow(query, progress);
        }
        catch (RoomException host)
        {
            try
            {
                return Collect(query, images.Count);
            }
            catch (RoomException enclave) when (enclave.Fault == RoomFault.NotReady)
            {
                // Why a query failed the enclave says more credibly; where it knows of nothing, the host's word stands.
                throw new RoomException(host.Fault, host.Message, host);
            }
        }
        return Collect(query, images.Count);
    }

    private RoomAnswer Collect(RoomId query, int images)
    {
        WireReader reader = new(_channel.Ask(OwnerMessage.Collect, query.ToBytes()), "result");
        double error = reader.Double(), bits = reader.Double();
        FloatTensor[][] results = [.. Enumerable.Range(0, images).Select(_ => new FloatTensor[Description.Outputs.Length])];
        for (int output = 0; output < Description.Outputs.Length; output++)
        {
            ContractOutput described = Description.Outputs[output];
            for (int image = 0; image < images; image++)
            {
                float[] elements = reader.Floats(described.Elements);
                if (elements.Length != described.Elements) throw new RoomException(RoomFault.Malformed, $"a result of {elements.Length} elements");
                results[image][output] = described.Finish(elements);
            }
        }
        reader.End();
        return new(results, Description.Outputs.Max(output => Math.ScaleB(error, output.Exponent)), bits);
    }

    private static bool Fits(RoomContract contract, LeveledContract described) =>
        contract.Images == described.Images && contract.Inputs.Length == described.Inputs.Length && contract.Outputs.Length == described.Outputs.Length
        && contract.Inputs.Zip(described.Inputs).All(pair => pair.First.Elements == pair.Second.Port.Shape.Aggregate(1L, (product, size) => product * size))
        && contract.Outputs.Zip(described.Outputs).All(pair => contract.Values[pair.First.Value] is var value
            && value.Elements == pair.Second.Elements && value.Exponent == pair.Second.Exponent);
}
