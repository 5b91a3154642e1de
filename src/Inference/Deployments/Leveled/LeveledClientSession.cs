using System.Buffers.Binary;
using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// The data owner's side of leveled encryption: it holds the key, sends ciphertexts and gets ciphertexts back. The server learns how many images there are
/// and nothing of their content; this side learns outputs and the contract. Not thread-safe; after an exception the session is over.
/// </summary>
/// <remarks>
/// Outputs carry noise that depends on the weights, which is not flooded: this side learns more of them than outputs say, in principle. Source of the
/// setting: Gilad-Bachrach and others, "CryptoNets" (2016).
/// </remarks>
public sealed class LeveledClientSession : IDisposable
{
    private readonly IChannel _channel;
    private readonly CkksContext _context;
    private readonly CkksSerializer _serializer;
    private readonly LeveledClient _client;
    private readonly PhaseCost[] _steps;
    private PhaseCost _setup, _online;
    private int _rows;

    private LeveledClientSession(IChannel channel, LeveledContract contract, CkksContext context, Prg randomness)
    {
        (_channel, Contract, _context, _serializer) = (channel, contract, context, new CkksSerializer(context));
        _client = new LeveledClient(context, contract, randomness);
        _steps = new PhaseCost[contract.Steps.Length];
    }

    /// <summary>What the server says of its program.</summary>
    public LeveledContract Contract { get; }

    /// <summary>Cost so far; keys are the set-up.</summary>
    public SessionReport Report => new(_rows, _setup, _online, _setup,
        [.. Contract.Steps.Zip(_steps, (step, cost) => new LayerCost(step.Name, step.Kind, default, cost))]);

    /// <summary>
    /// How far any element of an output so far may be from floats by the noise of encryption, before post-operations, as the server declares it.
    /// </summary>
    public double OutputBound { get; private set; }

    /// <summary>Takes the contract, and sends the keys that it names.</summary>
    /// <exception cref="ProtocolException">The peer is no such server, or its contract cannot be.</exception>
    public static LeveledClientSession Open(IChannel channel, CancellationToken cancellation = default) =>
        Open(channel, Prg.FromSystem(), cancellation);

    /// <param name="randomness">For keys and encryptions; disposed of with the session.</param>
    internal static LeveledClientSession Open(IChannel channel, Prg randomness, CancellationToken cancellation = default) =>
        Cancellable.Run(channel, null, cancellation, () =>
        {
            Meter meter = new(channel);
            channel.Send(LeveledTag.Hello, LeveledWire.Hello);
            byte[] json = channel.ReceiveUpTo(LeveledTag.Contract, LeveledWire.ContractBytesMax);
            LeveledContract contract = LeveledWire.Checked("contract", () => LeveledContract.FromJson(json));
            CkksParameters parameters = LeveledWire.Checked("contract", () => LeveledParameters.Of(contract.Depth));
            if (parameters.Slots != contract.Slots)
                throw new ProtocolException(PeerFault.MalformedMessage, "contract", $"{contract.Slots} slots where its depth has {parameters.Slots}");
            LeveledClientSession session = new(channel, contract, new CkksContext(parameters), randomness);
            if (session._serializer.GaloisKeysBytes(contract.Rotations.Length) > LeveledWire.RotationKeyBytesMax)
                throw new ProtocolException(PeerFault.LimitExceeded, "contract", $"it asks for keys of {contract.Rotations.Length} rotations");
            (CkksRelinearizationKey relinearization, CkksGaloisKeys rotations) = session._client.EvaluationKeys();
            using (relinearization) channel.Send(LeveledTag.RelinearizationKey, session._serializer.Write(relinearization));
            using (rotations) channel.Send(LeveledTag.RotationKeys, session._serializer.Write(rotations));
            channel.Flush();
            session._setup = meter.Lap();
            return session;
        });

    /// <summary>One evaluation.</summary>
    /// <param name="images">For each image a tensor for each input; at most as many as the contract's.</param>
    /// <param name="progress">Told of each step that the server has done.</param>
    /// <returns>For each image a tensor for each output.</returns>
    /// <exception cref="ParameterException">An input is larger than the model's owner made room for.</exception>
    /// <exception cref="ProtocolException">The peer or the link failed.</exception>
    public ImmutableArray<FloatTensor[]> Infer(
        IReadOnlyList<FloatTensor[]> images, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        Cancellable.Run(_channel, null, cancellation, () =>
        {
            Meter meter = new(_channel);
            PhaseProgress told = new(Phase.Online, [.. Contract.Steps.Select(step => (double)step.Work)], progress, TimeProvider.System);
            Ask(images);
            _online += meter.Lap();
            for (int step = 0; step < _steps.Length; step++)
            {
                _channel.Receive(LeveledTag.Progress, []);
                PhaseCost cost = meter.Lap();
                (_steps[step], _online) = (_steps[step] + cost, _online + cost);
                told.Done(Contract.Steps[step].Name);
            }
            CkksCiphertext[][] outputs = [.. Contract.Outputs.Select(Receive)];
            FloatTensor[][] results = _client.Decrypt(outputs, images.Count);
            foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks)) block.Dispose();
            _online += meter.Lap();
            _rows += images.Count;
            return results.ToImmutableArray();
        });

    /// <summary>Tells the server that no more comes.</summary>
    public void Close()
    {
        _channel.Send(LeveledTag.Query, new byte[sizeof(int)]);
        _channel.Flush();
    }

    public void Dispose()
    {
        _client.Dispose();
        _context.Dispose();
    }

    private void Ask(IReadOnlyList<FloatTensor[]> images)
    {
        IEnumerable<CkksCiphertext>[] inputs = _client.Blocks(images);
        byte[] count = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(count, images.Count);
        _channel.Send(LeveledTag.Query, count);
        foreach (CkksCiphertext block in inputs.SelectMany(blocks => blocks))
        {
            using (block) _channel.Send(LeveledTag.Input, _serializer.Write(block));
            _channel.Flush();
        }
    }

    private CkksCiphertext[] Receive(ContractOutput output)
    {
        int level = Contract.Depth + 1 - output.Depth;
        byte[] bytes = new byte[_serializer.CiphertextBytes(level, seeded: false)];
        return [.. Enumerable.Range(0, Contract.LayoutOf(output).Blocks).Select(_ =>
        {
            _channel.Receive(LeveledTag.Output, bytes);
            CkksCiphertext block = LeveledWire.Checked("output", () => _serializer.ReadCiphertext(bytes));
            OutputBound = Math.Max(OutputBound, Math.ScaleB(block.ErrorBound, output.Exponent));
            return block;
        })];
    }
}
