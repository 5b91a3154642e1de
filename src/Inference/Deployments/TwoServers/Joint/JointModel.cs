using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Sessions;

namespace Blindsight.Inference.Deployments.TwoServers.Joint;

/// <summary>
/// One server's share of a model, ready to be multiplied with the other's masks under encryption: its digits transformed once, as far as memory is
/// allowed; the others are transformed anew for each query.
/// </summary>
internal sealed class JointModel : IDisposable
{
    private readonly Dictionary<(int Step, int Term), PreparedWeights> _weights = [];

    /// <param name="share">This server's share of the weights.</param>
    /// <param name="memoryBytes">Most memory to keep transformed weights in; changes nothing but time.</param>
    /// <exception cref="Arithmetic.ParameterException">The error of a layer's encryption may exceed what is allowed.</exception>
    public JointModel(InferencePlan plan, WeightTensors share, long memoryBytes = ServedModel.DefaultMemoryBytes, int threads = 1)
    {
        (Flow, Share) = (new DataFlow(plan), share);
        Schedule = JointSchedule.Create(Flow, Parameters);
        Dictionary<(int Step, int Term), LinearPacking> packings = Schedule.Requests.SelectMany(request => request.Answers)
            .ToDictionary(answer => (answer.Step, answer.Term), answer => answer.Packing);
        Dictionary<(int Step, int Term), long> memory = WeightMemory.Divide(packings, memoryBytes);
        foreach (((int Step, int Term) key, LinearPacking packing) in packings)
            _weights[key] = PreparedWeights.Prepare(
                packing, packing.Kept.Digits!.Split(packing.Kept, share[key.Step, key.Term]), memory[key], threads);
    }

    /// <summary>Those of linear layers everywhere.</summary>
    public static RlweParameters Parameters => SessionSetup.Parameters;

    public DataFlow Flow { get; }

    public RequestSchedule Schedule { get; }

    public WeightTensors Share { get; }

    public PreparedWeights Weights(int step, int term) => _weights[(step, term)];

    /// <summary>Clears what is transformed.</summary>
    public void Dispose()
    {
        foreach (PreparedWeights weights in _weights.Values) weights.Dispose();
    }
}
