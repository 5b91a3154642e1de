using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Attestation;
using Blindsight.Attestation.Collection;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Enclave;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Models;
using Blindsight.Enclave.Wire;
using Blindsight.Harness;
using Blindsight.Hosting.Rooms;
using Blindsight.Hosting.Rooms.Host;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Unit.Enclave;

/// <summary>An enclave with a small model behind its socket, in a folder of its own; owners and host speak to it by hand.</summary>
internal sealed class RoomTrial : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-room-").FullName;
    private readonly SimulatedEvidenceSource _source = new(new Octets(new byte[48]));
    private readonly CancellationTokenSource _ending = new();
    private readonly RoomServer _server;
    private readonly Thread _thread;

    /// <param name="state">Another trial's, to open it again.</param>
    public RoomTrial(RoomLimits? limits = null, string? state = null)
    {
        State = state ?? Path.Combine(_folder, "state");
        Room = Room.Open(State, _source, limits ?? RoomLimits.Default);
        Socket = Path.Combine(_folder, "socket");
        _server = new(Room, Socket);
        _thread = new(() => _server.Run(_ending.Token)) { IsBackground = true };
        _thread.Start();
        Host = new(Socket);
    }

    /// <summary>A convolution, a ReLU, a dense layer, with weights for the room to encrypt.</summary>
    public static (Graph Graph, LeveledProgram Program, ModelPackage Package) Model { get; } = Compiled();

    public Room Room { get; }
    public string State { get; }
    public string Socket { get; }
    public RoomConnection Host { get; }

    public RoomOwner Owner() => new(Host);

    /// <summary>A data owner in its context with a model.</summary>
    public RoomOwner DataOwner(RoomId model, ECDsa? identity = null)
    {
        RoomOwner owner = Owner();
        owner.Enter(model, identity);
        return owner;
    }

    public RoomId Upload() => Owner().Upload(Model.Package);

    public HostedModel Hosted(RoomId model) => new(model, LeveledProgramFormat.Write(Model.Program, withWeights: false), 2);

    public static FloatTensor[] Image(int seed) => Polynomials.Images(Model.Graph, seed + 1)[seed];

    public void Dispose()
    {
        Host.Dispose();
        _ending.Cancel();
        _thread.Join();
        _server.Dispose();
        Room.Dispose();
        _source.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static (Graph, LeveledProgram, ModelPackage) Compiled()
    {
        GraphBuilder builder = new(6);
        string x = builder.Input(1, 1, 6, 6), relu = builder.Relu(builder.Convolution(x, 2, 3, stride: 2, pad: 1));
        Graph graph = builder.Build(builder.Dense(builder.Flatten(relu), 3));
        LeveledOptions options = new() { EncryptedWeights = true, Refresh = true };
        LeveledProgram program = LeveledModel.Compile(graph, Polynomials.Images(graph, 8), InputCard.None, options, 1e9);
        return (graph, program, RoomPackages.Of(program, encryptedWeights: true));
    }
}

/// <summary>An owner's channel through the host's connection, and what the host is told of it.</summary>
internal sealed class RoomOwner
{
    private readonly RoomConnection _host;
    private readonly RecordCipher _cipher;
    private readonly byte[] _transcript;

    public RoomOwner(RoomConnection host)
    {
        _host = host;
        using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        OwnerHello mine = new(CurvePoint.Of(key), RandomNumberGenerator.GetBytes(OwnerHello.NonceBytes));
        RoomHello theirs = RoomHello.Read(host.Ask(RoomRequest.Open, mine.ToBytes()));
        _transcript = theirs.Transcript(mine);
        (Channel, _cipher) = (theirs.Channel, new(key, theirs.Key, _transcript, isRoom: false));
    }

    public ulong Channel { get; }
    public RoomId Context { get; private set; }

    /// <summary>The next record, for whatever becomes of it.</summary>
    public byte[] Record(OwnerMessage message, ReadOnlySpan<byte> payload) =>
        new WireWriter().UInt64(Channel).Raw(_cipher.Seal([(byte)message, .. payload])).ToBytes();

    /// <exception cref="RoomException">Refused, by the room or inside the channel.</exception>
    public byte[] Ask(OwnerMessage message, ReadOnlySpan<byte> payload)
    {
        WireReader answer = new(_host.Ask(RoomRequest.Record, Record(message, payload)), "answer");
        answer.Bytes(256);
        byte[] content = _cipher.Open(answer.Take(answer.Left));
        return content[0] == 0 ? content[1..] : throw new RoomException((RoomFault)content[0], "inside the channel");
    }

    public RoomId Upload(ModelPackage package)
    {
        byte[] bytes = package.ToBytes();
        Ask(OwnerMessage.ModelBegin, new WireWriter().Int32(bytes.Length).ToBytes());
        Ask(OwnerMessage.ModelPart, bytes.AsSpan(0, 1000));
        Ask(OwnerMessage.ModelPart, bytes.AsSpan(1000));
        return RoomId.Of(Ask(OwnerMessage.ModelEnd, []));
    }

    public void Enter(RoomId model, ECDsa? identity = null)
    {
        using ECDsa fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECDsa key = identity ?? fresh;
        byte[] proof = key.SignHash(DataOwnerProof.Of(_transcript, model.ToBytes()));
        Context = RoomId.Of(Ask(OwnerMessage.Enter, [.. model.ToBytes(), .. CurvePoint.Of(key), .. proof]).AsSpan(0, RoomId.Bytes));
    }

    public RoomId Ask(FloatTensor[] image) =>
        RoomId.Of(Ask(OwnerMessage.Ask, new WireWriter().Int32(1).Floats(image[0].Data).ToBytes()));

    /// <summary>The elements of the only output of the only image, in slots.</summary>
    public float[] Collect(RoomId query)
    {
        WireReader reader = new(Ask(OwnerMessage.Collect, query.ToBytes()), "result");
        reader.Double();
        Assert.True(reader.Double() >= 39.9);
        return reader.Floats(1000);
    }
}
