using System.Collections.Immutable;
using Blindsight.Cli.Parties;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Benchmarks.Networks;

/// <summary>A phase as it was predicted, and then measured.</summary>
/// <param name="MeasuredSeconds">Of the repetitions.</param>
/// <param name="Ratio">Predicted by median.</param>
/// <param name="SameTraffic">Whether bytes each way and rounds are those that were counted.</param>
internal sealed record PredictedPhase(double PredictedSeconds, Spread MeasuredSeconds, double Ratio, bool SameTraffic)
{
    public static PredictedPhase Of(PhaseCost predicted, IEnumerable<PhaseCost> measured)
    {
        PhaseCost[] all = [.. measured];
        Spread seconds = Spread.Of(all.Select(cost => cost.Seconds));
        return new(predicted.Seconds, seconds, predicted.Seconds / seconds.Median,
            all.All(cost => (cost with { Seconds = 0 }) == (predicted with { Seconds = 0 })));
    }
}

/// <summary>What steps of a kind take together: medians of the repetitions.</summary>
internal sealed record PredictedKind(
    string Kind, double OfflinePredictedSeconds, double OfflineMeasuredSeconds, double OnlinePredictedSeconds, double OnlineMeasuredSeconds);

/// <summary>A prediction of an inference of one row, made before the network was run, and what the runs took.</summary>
internal sealed record PredictionFigure(
    string Name, string Comparison, string Link, int Repetitions,
    PredictedPhase Setup, PredictedPhase Offline, PredictedPhase Online, ImmutableArray<PredictedKind> Kinds)
{
    /// <param name="results">At least one.</param>
    public static PredictionFigure Of(
        string name, string comparison, string link, SessionReport predicted, IReadOnlyList<TwoProcessResult> results)
    {
        return new(name, comparison, link, results.Count, PredictedPhase.Of(predicted.Setup, results.Select(SetupOf)),
            PredictedPhase.Of(predicted.Offline, results.Select(result => result.Client.Offline)),
            PredictedPhase.Of(predicted.Online, results.Select(result => result.Client.Online)),
            [.. predicted.Layers.Select(layer => layer.Kind).Distinct().Select(Kind)]);

        PredictedKind Kind(string kind) => new(kind, Seconds(predicted.Layers, kind, layer => layer.Offline),
            Spread.Of(results.Select(result => Seconds(result.Client.Layers, kind, layer => layer.Offline))).Median,
            Seconds(predicted.Layers, kind, layer => layer.Online),
            Spread.Of(results.Select(result => Seconds(result.Client.Layers, kind, layer => layer.Online))).Median);
    }

    private static double Seconds(IEnumerable<LayerCost> layers, string kind, Func<LayerCost, PhaseCost> phase) =>
        layers.Where(layer => layer.Kind == kind).Sum(layer => phase(layer).Seconds);

    /// <summary>What of the offline phase is no layer's.</summary>
    private static PhaseCost SetupOf(TwoProcessResult result)
    {
        PhaseCost all = result.Client.Offline;
        foreach (LayerCost layer in result.Client.Layers)
            all = new PhaseCost(all.Seconds - layer.Offline.Seconds, all.Rounds - layer.Offline.Rounds,
                all.BytesSent - layer.Offline.BytesSent, all.BytesReceived - layer.Offline.BytesReceived);
        return all;
    }
}
