using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight;

/// <summary>
/// Something that predicts without showing the input to whoever owns the model: <see cref="BlindsightClient"/>, <see cref="BlindsightClientPool"/>,
/// <see cref="LocalInference"/>. All of them are thread-safe; what calls that come at the same time wait for, each says itself.
/// </summary>
public interface IPredictor
{
    /// <summary>The public contract with the server: inputs and outputs, their shapes, the card with the classes' names.</summary>
    /// <exception cref="ProtocolException">The server could not be asked; the fault has a name.</exception>
    ValueTask<InferencePlan> PlanAsync(CancellationToken cancellation = default);

    /// <summary>Does ahead everything that needs no input, for one batch of <paramref name="rows"/>; predictions of batches of that size take it.</summary>
    /// <param name="rows">At least 1; a server bounds how many may lie prepared.</param>
    /// <param name="progress">Told of each layer, on the session's thread.</param>
    /// <exception cref="Arithmetic.ParameterException">The server would hold no more.</exception>
    /// <exception cref="ProtocolException">The server or the link failed; the fault has a name.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; this ends the session.</exception>
    Task PrepareAsync(int rows = 1, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default);

    /// <summary>Predicts a batch, whose rows share the round trips.</summary>
    /// <param name="rows">For each row a tensor for each input of the plan, batch dimension 1 or absent; not to be changed meanwhile.</param>
    /// <param name="progress">Told of each layer, on the session's thread.</param>
    /// <exception cref="ArgumentException">A row does not have the plan's shape; nothing was sent.</exception>
    /// <exception cref="ProtocolException">The server or the link failed; the fault has a name.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; this ends the session.</exception>
    Task<IReadOnlyList<Prediction>> PredictAsync(
        IReadOnlyList<FloatTensor[]> rows, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default);
}
