using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Steps;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// Runs a plan's steps at one party for batches of a fixed number of rows. Offline and online are separate: <see cref="Prepare"/>
/// makes material, <see cref="Run"/> consumes it.
/// </summary>
internal sealed class Engine
{
    private readonly Party _party;
    private readonly DataFlow _flow;
    private readonly ImmutableArray<StepProtocol> _steps;
    private readonly ILinearPreparation _linear;
    private IReadOnlyList<double>? _offlineWork, _onlineWork;

    /// <param name="model">The server's weights; null at the client.</param>
    public Engine(Party party, DataFlow flow, int rows, QuantizedModel? model, ILinearPreparation linear)
    {
        (_party, _flow, _linear) = (party, flow, linear);
        Rows = rows;
        _steps = StepProtocols.Create(flow, rows, model);
    }

    /// <summary>Rows of a batch.</summary>
    public int Rows { get; }

    /// <summary>Called with each step and this party's share of what it wrote; for tests, which hold both parties.</summary>
    internal Action<int, uint[]>? ShareObserver { get; set; }

    /// <summary>The offline phase of one batch.</summary>
    public PreparedBatch Prepare(IProgress<StepProgress>? progress)
    {
        PreparedBatch batch = new(_steps.Length);
        _party.Lanes?.Announce(_steps.Aggregate(default(Transfers), (sum, step) => sum + step.Transfers()));
        PhaseProgress? offline = progress is null ? null : new(
            Phase.Offline, _offlineWork ??= WorkEstimate.Offline(_party.Role, _linear.Schedule, _flow, Rows), progress, TimeProvider.System);
        Meter meter = new(_party.Channel);
        LinearShares linear = _linear.Run(_party, _flow, Rows, name => offline?.Done(name));
        meter.Lap();
        batch.Masks = linear.Masks;
        for (int index = 0; index < _steps.Length; index++)
        {
            if (_steps[index] is LinearProtocol layer) layer.PreparedProduct = linear.Products.GetValueOrDefault(index);
            batch.Material[index] = _steps[index].Prepare(_party, batch.Known);
            if (!_party.IsServer && _flow.Opens(_steps[index].Step)) TakeMask(batch, _steps[index].Step.Writes);
            batch.Costs[index] = linear.Costs.GetValueOrDefault(index) + meter.Lap() + (_party.Lanes?.Lap() ?? default);
            offline?.Done(_steps[index].Step.Name);
        }
        return batch;
    }

    /// <summary>The online phase; <paramref name="inputs"/> are the encoded rows at the client and empty at the server.</summary>
    /// <returns>At the client the opened elements of each output, all rows; at the server nothing.</returns>
    public ImmutableArray<int[]> Run(
        PreparedBatch batch, ImmutableArray<uint[]> inputs, LayerCost[] layers, IProgress<StepProgress>? progress)
    {
        using Shares shares = batch.Consume();
        PhaseProgress? online = progress is null ? null : new(
            Phase.Online, _onlineWork ??= WorkEstimate.Online(_party.Role, _linear.Schedule, _flow, Rows), progress, TimeProvider.System);
        Meter meter = new(_party.Channel);
        for (int index = 0; index < _steps.Length; index++)
        {
            PlanStep step = _steps[index].Step;
            if (_steps[index] is InputProtocol input && !_party.IsServer)
                input.Encoded = inputs[((InputStep)step).InputIndex];
            _steps[index].Run(_party, batch.Material[index], shares);
            if (_flow.Opens(step)) Opening.Run(_party, step.Writes, batch, shares);
            if (step.Writes >= 0) ShareObserver?.Invoke(index, shares[step.Writes]);
            foreach (int tensor in step.Reads)
                if (_flow.LastUse(tensor) == index) shares.Release(tensor);
            layers[index] = layers[index] with
            {
                Offline = layers[index].Offline + batch.Costs[index],
                Online = layers[index].Online + meter.Lap(),
            };
            online?.Done(step.Name);
        }
        return _party.IsServer ? [] : [.. _steps.OfType<OutputProtocol>().Select(output => output.Opened!)];
    }

    /// <summary>From the opening on the client's share is r; where it knows its share already, so does it the difference.</summary>
    private static void TakeMask(PreparedBatch batch, int tensor)
    {
        uint[] mask = batch.Masks[tensor];
        if (batch.Known.Contains(tensor))
        {
            uint[] share = batch.Known[tensor], difference = new uint[share.Length];
            for (int i = 0; i < difference.Length; i++) difference[i] = share[i] - mask[i];
            batch.Differences[tensor] = difference;
        }
        batch.Known[tensor] = mask;
    }
}
