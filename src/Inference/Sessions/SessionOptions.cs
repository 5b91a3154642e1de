using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;

namespace Blindsight.Inference.Sessions;

/// <summary>What a party may choose for itself, without the other's agreement.</summary>
public sealed record SessionOptions
{
    /// <summary>From so many threads on a party asks for lanes, or grants them.</summary>
    internal const int ThreadsForLanes = 2;

    public static SessionOptions Default { get; } = new();

    /// <summary>
    /// Threads for homomorphic encryption; at least 1. Where both parties have 2 or more and the model is large, correlated transfers of each
    /// direction are made on a further thread and connection (a lane), beside everything else.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Rows that a server accepts in one batch.</summary>
    public int MaximumRows { get; init; } = 1024;

    /// <summary>
    /// Tensor elements, over all rows prepared for one client and unused, that a server holds material for: some 60 bytes
    /// each. One row of any model is always served.
    /// </summary>
    public long MaximumPreparedElements { get; init; } = 1L << 24;

    /// <summary>The owner's say in what a client may have; null: everything that the limits here allow. Of a server.</summary>
    public ISessionGate? Gate { get; init; }

    /// <summary>The rows of a plan that <see cref="MaximumPreparedElements"/> has room for.</summary>
    internal int PreparedRowsMax(InferencePlan plan) => (int)Math.Clamp(
        MaximumPreparedElements / Math.Max(1, plan.Tensors.Sum(tensor => (long)tensor.Elements)), 1, int.MaxValue);

    internal SessionOptions Checked()
    {
        if (Threads < 1) throw new ParameterException($"A session needs at least 1 thread, not {Threads}.");
        if (MaximumRows < 1) throw new ParameterException($"A session serves at least 1 row, not {MaximumRows}.");
        if (MaximumPreparedElements < 1)
            throw new ParameterException($"A session prepares at least 1 element, not {MaximumPreparedElements}.");
        return this;
    }
}
