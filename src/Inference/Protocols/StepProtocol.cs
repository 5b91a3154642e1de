using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols;

/// <summary>
/// One step of a plan at one party, for a batch of rows. <see cref="Prepare(Party, Shares)"/> runs before the input is known and yields
/// what <see cref="Run(Party, object?, Shares)"/> consumes. Both parties run the same steps in the same order.
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

    /// <summary>What both parties do in <see cref="Prepare(Party, Shares)"/>, told to a script.</summary>
    public virtual void Prepare(Script script) { }

    /// <summary>What both parties do in <see cref="Run(Party, object?, Shares)"/>, told to a script.</summary>
    public abstract void Run(Script script);

    /// <summary>Correlated transfers that a preparation consumes.</summary>
    public Transfers Transfers() => Tally.Of(Prepare).Transfers;
}
