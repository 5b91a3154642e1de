using System.Collections.Concurrent;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// A model ready to be served: its integer weights, transformed for homomorphic evaluation once, at the first use of each layer, and
/// kept for all sessions as far as memory is allowed; the others are transformed anew for each row. Thread-safe.
/// Holds the model owner's secret; never leaves the server's process.
/// </summary>
public sealed class ServedModel
{
    private readonly ConcurrentDictionary<(int Step, int Term), Lazy<PreparedWeights>> _weights = new();
    private readonly Dictionary<(int Step, int Term), LinearPacking> _packings;
    private readonly Dictionary<(int Step, int Term), long> _memory;
    private readonly int _threads;

    /// <summary>Memory for transformed weights where nothing else is asked: 1.5 GiB, so that a server stays below 4 in all.</summary>
    public const long DefaultMemoryBytes = 3L << 29;

    /// <summary>Chooses the packing of every layer and checks its noise.</summary>
    /// <param name="memoryBytes">Most memory to keep transformed weights in; changes nothing but time.</param>
    /// <param name="threads">Threads to transform weights with.</param>
    /// <exception cref="ParameterException">
    /// The plan is for another deployment, or the error of a layer's encryption may exceed an eighth of a unit of its result; the message names the layer.
    /// </exception>
    public ServedModel(QuantizedModel quantized, long memoryBytes = DefaultMemoryBytes, int threads = 1)
    {
        if (quantized.Plan.Deployment != DeploymentKinds.ClientServer)
            throw new ParameterException($"the plan is for the deployment {quantized.Plan.Deployment}, not for a client and a server");
        Quantized = quantized;
        Parameters = SessionSetup.Parameters;
        Flow = new DataFlow(quantized.Plan);
        Schedule = new RequestSchedule(Flow, Parameters);
        _packings = Schedule.Requests.SelectMany(request => request.Answers)
            .ToDictionary(answer => (answer.Step, answer.Term), answer => answer.Packing);
        _memory = WeightMemory.Divide(_packings, memoryBytes);
        _threads = threads;
        foreach (IGrouping<int, KeyValuePair<(int Step, int Term), LinearPacking>> step in _packings.GroupBy(entry => entry.Key.Step))
            RlweNoise.Check(quantized.Plan.Steps[step.Key].Name,
                step.Sum(entry => entry.Value.PredictedNoise(quantized.Linear[step.Key].Weights[entry.Key.Term]).BoundUnits));
    }

    /// <summary>Plan and integer weights.</summary>
    public QuantizedModel Quantized { get; }

    /// <summary>Memory that transformed weights take so far, in bytes.</summary>
    public long PreparedBytes => _weights.Values.Where(lazy => lazy.IsValueCreated).Sum(lazy => lazy.Value.KeptBytes);

    /// <summary>Memory that all weights would take transformed.</summary>
    public long PreparedBytesOfAll => _packings.Values.Sum(packing => packing.PreparedBytes);

    internal DataFlow Flow { get; }

    internal RequestSchedule Schedule { get; }

    internal RlweParameters Parameters { get; }

    /// <summary>Transforms the weights that are to be kept now, rather than at their first use.</summary>
    public void Prepare()
    {
        foreach ((int step, int term) in _packings.Keys) Weights(step, term);
    }

    internal PreparedWeights Weights(int step, int term) => _weights.GetOrAdd((step, term), key => new Lazy<PreparedWeights>(() =>
        PreparedWeights.Prepare(_packings[key], Quantized.Linear[key.Step].Weights[key.Term], _memory[key], _threads))).Value;
}
