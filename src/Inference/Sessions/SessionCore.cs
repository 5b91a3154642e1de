using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Sessions.Lanes;

namespace Blindsight.Inference.Sessions;

/// <summary>What both sides of a session share: engines by batch size, the pool of prepared batches, and the books.</summary>
internal sealed class SessionCore(
    Party party, DataFlow flow, QuantizedModel? model, ILinearPreparation linear, PhaseCost setup) : IDisposable
{
    private readonly Dictionary<int, Engine> _engines = [];
    private readonly Dictionary<int, Queue<PreparedBatch>> _pool = [];
    private readonly LayerCost[] _layers =
        [.. flow.Plan.Steps.Select(step => new LayerCost(step.Name, PlanTable.Kind(step), default, default))];
    private PhaseCost _prepared, _online;
    private int _rows;

    public DataFlow Flow => flow;

    /// <summary>The session's further connections, if it has any.</summary>
    public SessionLanes? Lanes => party.Lanes;

    internal Action<int, uint[]>? ShareObserver { get; set; }

    /// <summary>Rows that lie prepared and unused.</summary>
    public long PreparedRows => _pool.Sum(entry => (long)entry.Key * entry.Value.Count);

    public int Prepared(int rows) => _pool.TryGetValue(rows, out Queue<PreparedBatch>? queue) ? queue.Count : 0;

    /// <summary>Adds a batch to the pool.</summary>
    public void Prepare(int rows, IProgress<StepProgress>? progress)
    {
        if (!_pool.TryGetValue(rows, out Queue<PreparedBatch>? queue)) _pool[rows] = queue = [];
        queue.Enqueue(EngineFor(rows).Prepare(progress));
    }

    /// <summary>Consumes the oldest batch of this size.</summary>
    public ImmutableArray<int[]> Run(int rows, ImmutableArray<uint[]> inputs, IProgress<StepProgress>? progress)
    {
        using PreparedBatch batch = _pool[rows].Dequeue();
        Engine engine = EngineFor(rows);
        engine.ShareObserver = ShareObserver;
        Meter meter = new(party.Channel);
        ImmutableArray<int[]> outputs = engine.Run(batch, inputs, _layers, progress);
        _online += meter.Lap();
        _prepared += batch.Costs.Aggregate(default(PhaseCost), (sum, cost) => sum + cost);
        _rows += rows;
        return outputs;
    }

    public SessionReport Report() => new(_rows, setup + _prepared, _online, setup, [.. _layers]);

    public void Dispose()
    {
        foreach (Queue<PreparedBatch> queue in _pool.Values)
            foreach (PreparedBatch batch in queue) batch.Dispose();
        _pool.Clear();
        linear.Dispose();
        party.Dispose();
    }

    private Engine EngineFor(int rows)
    {
        if (!_engines.TryGetValue(rows, out Engine? engine)) _engines[rows] = engine = new Engine(party, flow, rows, model, linear);
        return engine;
    }
}
