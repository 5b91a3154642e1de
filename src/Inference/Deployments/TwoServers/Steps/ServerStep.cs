using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers.Steps;

/// <summary>One step of a plan at one of two servers, for one query. Both servers run the same steps in the same order.</summary>
internal abstract class ServerStep(PlanStep step)
{
    public PlanStep Step { get; } = step;

    /// <summary>What <see cref="Prepare"/> takes from a source, in this order.</summary>
    public virtual ImmutableArray<CorrelationShape> Shapes => [];

    /// <summary>What <see cref="Run(ServerParty, object?, QueryState)"/> sends and waits for, where both servers send the same.</summary>
    public virtual OpeningCost Cost => default;

    /// <summary>The same, message by message, told to a script in which the first server is the server.</summary>
    public virtual void Run(Script script)
    {
        OpeningCost cost = Cost;
        for (int round = 0; round < cost.Rounds; round++) script.Exchange(round == 0 ? cost.BytesEachWay : 0);
    }

    /// <summary>Before the input is known: material for one run, or null where none is needed.</summary>
    public virtual object? Prepare(ICorrelationSource source, PreparedQuery query) => null;

    /// <summary>Reads and writes shares.</summary>
    public abstract void Run(ServerParty party, object? prepared, QueryState state);
}

/// <summary>One server's material for one query, by step. Consumed by a single run.</summary>
internal sealed class PreparedQuery(int steps, ICorrelationSource source) : IDisposable
{
    private bool _consumed;

    public object?[] Material { get; } = new object?[steps];

    /// <summary>This server's shares of the masks of tensors that are opened.</summary>
    public Dictionary<int, uint[]> Masks { get; } = [];

    public ICorrelationSource Source { get; } = source;

    /// <exception cref="InvalidOperationException">The material was used before.</exception>
    public void Consume()
    {
        if (_consumed) throw new InvalidOperationException("A prepared query is used once.");
        _consumed = true;
    }

    public void Dispose()
    {
        foreach (uint[] mask in Masks.Values) MaskedNumbers.Clear(mask);
        Source.Dispose();
    }
}

/// <summary>One server's state during a query.</summary>
internal sealed class QueryState : IDisposable
{
    /// <summary>Shares by tensor. A share may have more bits than its tensor's ring: <see cref="ServerProgram.HeldBits"/>.</summary>
    public Shares Shares { get; } = new();

    /// <summary>Opened tensors less their masks, the same at both servers.</summary>
    public Dictionary<int, uint[]> Opened { get; } = [];

    /// <summary>By output of the plan: this server's share, in the few bits of the tensor's ring.</summary>
    public Dictionary<int, uint[]> Results { get; } = [];

    public void Dispose() => Shares.Dispose();
}
