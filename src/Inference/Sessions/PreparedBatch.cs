using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// One party's material for one inference of a batch: what each step prepared, the client's known shares, and what it has
/// cost. Consumed by a single run.
/// </summary>
internal sealed class PreparedBatch(int steps) : IDisposable
{
    private bool _consumed;

    public object?[] Material { get; } = new object?[steps];

    /// <summary>At the client: masks of opened tensors, and shares that follow from them.</summary>
    public Shares Known { get; } = new();

    /// <summary>At the client: r of each opened tensor.</summary>
    public IReadOnlyDictionary<int, uint[]> Masks { get; set; } = new Dictionary<int, uint[]>();

    /// <summary>At the client: share minus r of opened tensors whose share is known before the input.</summary>
    public Dictionary<int, uint[]> Differences { get; } = [];

    /// <summary>Cost of each step's preparation.</summary>
    public PhaseCost[] Costs { get; } = new PhaseCost[steps];

    /// <summary>Hands the known shares over to the run.</summary>
    /// <exception cref="InvalidOperationException">The batch was used before.</exception>
    public Shares Consume()
    {
        if (_consumed) throw new InvalidOperationException("A prepared batch is used once.");
        _consumed = true;
        return Known;
    }

    public void Dispose() => Known.Dispose();
}
