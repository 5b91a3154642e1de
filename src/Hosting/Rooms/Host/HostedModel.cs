using Blindsight.Arithmetic;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Hosting.Rooms.Host;

/// <summary>A model's program at the host, and what it has of the keys and weights of each context. Used by one thread at a time.</summary>
internal sealed class HostedModel : IDisposable
{
    private const int ContextsMax = 4;

    private readonly LeveledWeights? _public;
    private readonly int _threads;
    private readonly List<HostedContext> _contexts = [];

    /// <exception cref="RoomException">The program is none.</exception>
    /// <exception cref="ParameterException">There are no parameters for it.</exception>
    public HostedModel(RoomId id, byte[] program, int threads)
    {
        (Program, bool hasWeights) = LeveledProgramFormat.Read(program);
        (Id, _threads) = (id, threads);
        Context = new CkksContext(LeveledParameters.Of(Program.Depth));
        if (Program.Values[0].Layout.Slots != Context.Parameters.Slots)
            throw new RoomException(RoomFault.Malformed, $"program: {Program.Values[0].Layout.Slots} slots where its depth has {Context.Parameters.Slots}");
        Serializer = new(Context);
        if (hasWeights) _public = LeveledWeights.Encode(Context, Program, threads);
    }

    public RoomId Id { get; }
    public LeveledProgram Program { get; }
    public CkksContext Context { get; }
    public CkksSerializer Serializer { get; }

    /// <summary>Seconds and bytes of keys and weights that were fetched, so far.</summary>
    public double FetchSeconds { get; private set; }

    /// <inheritdoc cref="FetchSeconds"/>
    public long FetchBytes { get; private set; }

    /// <summary>Fetches a context's keys and weights, so that its first query need not wait for them.</summary>
    /// <exception cref="RoomException">The enclave refused.</exception>
    public void Prepare(RoomConnection room, RoomId context) => ContextOf(room, context, null);

    /// <summary>Evaluates a query.</summary>
    /// <param name="done">Told how many steps are done.</param>
    /// <exception cref="RoomException">The enclave refused.</exception>
    public void Evaluate(RoomConnection room, RoomId context, RoomId query, Action<int> done, CancellationToken cancellation)
    {
        byte[] names = [.. context.ToBytes(), .. query.ToBytes()];
        WireReader reader = new(room.Ask(RoomRequest.Begin, names), "inputs");
        ulong epoch = reader.UInt64();
        CkksCiphertext[][] inputs = Read(ref reader, Program.Inputs.Select(input => input.Value));
        HostedContext own = ContextOf(room, context, epoch);
        LeveledEvaluator evaluator = new(Context, Program, own.Weights, own.Relinearization, own.Rotations, _threads);
        CkksCiphertext[][] outputs = evaluator.Run(inputs, done, new RoomRefresher(this, room, names), cancellation);
        WireWriter writer = new WireWriter().Raw(names);
        Write(writer, outputs);
        foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks)) block.Dispose();
        room.Ask(RoomRequest.Finish, writer.ToBytes());
    }

    /// <summary>Reads ciphertexts of values, block by block, preceded by their count.</summary>
    public CkksCiphertext[][] Read(ref WireReader reader, IEnumerable<int> values)
    {
        int[] blocks = [.. values.Select(value => Program.Values[value].Layout.Blocks)];
        int count = reader.Counted(int.MaxValue, sizeof(int));
        if (count != blocks.Sum()) throw new RoomException(RoomFault.WrongCount, $"the enclave sent {count} ciphertexts where {blocks.Sum()} are due");
        CkksCiphertext[][] read = new CkksCiphertext[blocks.Length][];
        for (int i = 0; i < blocks.Length; i++)
        {
            read[i] = new CkksCiphertext[blocks[i]];
            for (int b = 0; b < blocks[i]; b++) read[i][b] = Serializer.ReadCiphertext(reader.Bytes(int.MaxValue));
        }
        reader.End();
        return read;
    }

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    public void Write(WireWriter writer, CkksCiphertext[][] values)
    {
        writer.Int32(values.Sum(blocks => blocks.Length));
        foreach (CkksCiphertext block in values.SelectMany(blocks => blocks)) writer.Bytes(Serializer.Write(block));
    }

    public void Dispose()
    {
        foreach (HostedContext context in _contexts) context.Dispose();
        _public?.Dispose();
        Context.Dispose();
    }

    /// <summary>Keys and weights of a context's epoch: fetched, where they are not here.</summary>
    /// <param name="epoch">Null where any will do.</param>
    private HostedContext ContextOf(RoomConnection room, RoomId id, ulong? epoch)
    {
        if (_contexts.Find(context => context.Id == id) is { } known)
        {
            if (epoch is null || known.Epoch == epoch) return known;
            known.Dispose();
            _contexts.Remove(known);
        }
        if (_contexts.Count == ContextsMax)
        {
            _contexts[0].Dispose();
            _contexts.RemoveAt(0);
        }
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        HostedContext fetched = HostedContext.Fetch(this, room, id, epoch, _public);
        FetchSeconds += System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        FetchBytes += fetched.Bytes;
        _contexts.Add(fetched);
        return fetched;
    }
}
