using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;
using Blindsight.Enclave.Refresh;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Harness;

/// <summary>A program, its room and its evaluator in one process, under keys of their own.</summary>
public sealed class RefreshRig : IDisposable
{
    private readonly Prg _prg;
    private readonly CkksSecretKey _key;
    private readonly CkksRelinearizationKey _relinearization;
    private readonly CkksGaloisKeys _rotations;
    private readonly LeveledWeights _weights;
    private readonly LeveledEvaluator _evaluator;

    /// <param name="program">With refreshes.</param>
    /// <param name="prg">Disposed of with this object.</param>
    public RefreshRig(LeveledProgram program, bool encryptedWeights, Prg prg)
    {
        (Program, _prg) = (program, prg);
        Contract = RoomContract.Read(RoomContracts.Of(program, encryptedWeights).Write());
        Context = new CkksContext(LeveledParameters.Of(program.Depth));
        _key = CkksSecretKey.Create(Context, prg);
        _relinearization = CkksRelinearizationKey.Create(_key, prg);
        _rotations = CkksGaloisKeys.Create(_key, Contract.Rotations, false, prg);
        _weights = encryptedWeights
            ? LeveledWeights.Encrypt(Context, program, 1, () => new CkksSecretEncryptor(_key, prg)) : LeveledWeights.Encode(Context, program, 2);
        _evaluator = new LeveledEvaluator(Context, program, _weights, _relinearization, _rotations, 2);
        Projections = Projections.Read(ProjectionMaker.Make(program, Contract, prg), Contract);
    }

    public LeveledProgram Program { get; }
    public RoomContract Contract { get; }
    public CkksContext Context { get; }
    public Projections Projections { get; }

    /// <summary>A query with the check of the host.</summary>
    public RoomQuery Query() => new(Context, Contract, _key, _prg, Projections);

    /// <summary>The ciphertexts of all outputs.</summary>
    /// <param name="images">For each image a tensor for each input.</param>
    public CkksCiphertext[][] Evaluate(RoomQuery query, FloatTensor[][] images, IRefresher refresher) => _evaluator.Run(
        [.. Contract.Inputs.Select((_, input) => query.Encrypt(input, [.. images.Select(image => image[input].Data)]))], refresher: refresher);

    /// <summary>Outputs of each image in the network's units, not flooded.</summary>
    public float[][] Decrypt(RoomQuery query, int output, CkksCiphertext[] blocks, int images)
    {
        RoomValue value = Contract.Values[Contract.Outputs[output].Value];
        double[] slots = query.Decrypt(output, blocks);
        return [.. Enumerable.Range(0, images).Select(image => Enumerable.Range(0, value.Elements)
            .Select(e => (float)Math.ScaleB(slots[e * Contract.Images + image], value.Exponent)).ToArray())];
    }

    public void Dispose()
    {
        _weights.Dispose();
        _rotations.Dispose();
        _relinearization.Dispose();
        _key.Dispose();
        Context.Dispose();
        _prg.Dispose();
    }
}
