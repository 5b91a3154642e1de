using Blindsight.Arithmetic;

namespace Blindsight.Inference.Sessions;

/// <summary>What a party may choose for itself, without the other's agreement.</summary>
public sealed record SessionOptions
{
    public static SessionOptions Default { get; } = new();

    /// <summary>Threads for homomorphic encryption; at least 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Rows that a server accepts in one batch.</summary>
    public int MaximumRows { get; init; } = 1024;

    /// <summary>Prepared inferences that a server holds for one client.</summary>
    public int MaximumPrepared { get; init; } = 64;

    internal SessionOptions Checked()
    {
        if (Threads < 1) throw new ParameterException($"A session needs at least 1 thread, not {Threads}.");
        if (MaximumRows < 1) throw new ParameterException($"A session serves at least 1 row, not {MaximumRows}.");
        if (MaximumPrepared < 1) throw new ParameterException($"A session holds at least 1 prepared batch, not {MaximumPrepared}.");
        return this;
    }
}
