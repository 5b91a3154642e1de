using Blindsight.Compiler.Plans;

namespace Blindsight.Inference.Protocols;

/// <summary>
/// One step of a plan at one party, for a batch of rows. <see cref="Prepare"/> runs before the input is known and yields
/// what <see cref="Run"/> consumes. Both parties run the same steps in the same order.
/// </summary>
internal abstract class StepProtocol(PlanStep step)
{
    public PlanStep Step { get; } = step;

    /// <summary>
    /// The offline phase. At the client it may read shares that are known before the input, and add to them.
    /// </summary>
    /// <returns>Material for one run, or null where none is needed.</returns>
    public virtual object? Prepare(Party party, Shares known) => null;

    /// <summary>The online phase: reads and writes shares.</summary>
    public abstract void Run(Party party, object? prepared, Shares shares);

    /// <summary>Correlated transfers that a preparation consumes.</summary>
    public virtual Transfers Transfers() => default;

    /// <summary>
    /// Payload bytes of offline and online phase together, correlated OT itself not counted.
    /// </summary>
    public virtual (long ClientToServer, long ServerToClient) Cost() => default;
}
