using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>A model ready to be evaluated on ciphertexts: its program, and its weights encoded once. For any number of sessions.</summary>
public sealed class LeveledModel : IDisposable
{
    /// <summary>Encodes the weights.</summary>
    /// <param name="threads">Of each evaluation, too.</param>
    /// <exception cref="ParameterException">It takes more rotation keys than clients make.</exception>
    public LeveledModel(LeveledProgram program, int threads)
    {
        (Program, Threads, ContractJson) = (program, threads, LeveledContract.Of(program).ToJson());
        Context = new CkksContext(LeveledParameters.Of(program.Depth));
        if (new CkksSerializer(Context).GaloisKeysBytes(program.Rotations.Count) > LeveledWire.RotationKeyBytesMax)
            throw new ParameterException($"{program.Model} takes keys of {program.Rotations.Count} rotations, more than clients make");
        Weights = LeveledWeights.Encode(Context, program, threads);
    }

    public LeveledProgram Program { get; }

    internal int Threads { get; }
    internal byte[] ContractJson { get; }
    internal CkksContext Context { get; }
    internal LeveledWeights Weights { get; }

    /// <summary>Chooses the packing of a graph.</summary>
    /// <param name="linkBytesPerSecond">What the link carries; infinite where it does not matter.</param>
    /// <inheritdoc cref="LeveledCompiler.Compile"/>
    public static LeveledProgram Compile(
        Graph graph, IReadOnlyList<FloatTensor[]> calibration, InputCard card, LeveledOptions options, double linkBytesPerSecond) =>
        LeveledCompiler.Compile(graph, calibration, card, options, LeveledParameters.Degree, new LeveledCosts(linkBytesPerSecond));

    public void Dispose()
    {
        Weights.Dispose();
        Context.Dispose();
    }
}
