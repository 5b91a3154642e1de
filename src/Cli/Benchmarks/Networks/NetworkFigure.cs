using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Benchmarks.Networks;

/// <summary>Median and extremes of repetitions.</summary>
internal sealed record Spread(double Median, double Minimum, double Maximum)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}

/// <summary>
/// What inferences of one row cost on one link with so many threads a party, nothing prepared ahead. Bytes are with framing; peak memory is the
/// largest resident set of a party's process.
/// </summary>
/// <param name="Comparisons">Of one inference.</param>
/// <param name="Top1Agreement">Rows, of those measured, whose class is the one that floats name.</param>
/// <param name="LargestDifference">Of any output of any row from fixed point in the clear.</param>
/// <param name="DifferenceBound">As in <see cref="ClearReference"/>.</param>
internal sealed record NetworkFigure(
    string Name, string Link, int Threads, int Repetitions, long Comparisons, Spread OfflineSeconds, Spread OnlineSeconds, Spread TotalSeconds,
    long OfflineBytes, long OnlineBytes, long ClientToServerBytes, long ServerToClientBytes, long OfflineRounds, long OnlineRounds,
    long ClientPeakRssBytes, long ServerPeakRssBytes, int Rows, int Top1Agreement, double LargestDifference, double? DifferenceBound,
    bool WithinBound)
{
    /// <param name="results">At least one.</param>
    public static NetworkFigure Of(NetworkCase network, string link, int threads, IReadOnlyList<TwoProcessResult> results)
    {
        PhaseCost offline = results[^1].Client.Offline, online = results[^1].Client.Online;
        Predicted[] predictions = [.. results.SelectMany(result => result.Predictions).DistinctBy(prediction => prediction.Row)];
        ReferenceAgreement agreement = network.Reference.Compare(predictions, network.Rows[0]);
        bool within = results.All(result => network.Reference.Compare(result.Predictions, network.Rows[0]).Within);
        return new(network.Name, link, threads, results.Count, network.Comparisons,
            Spread.Of(results.Select(result => result.Client.Offline.Seconds)), Spread.Of(results.Select(result => result.Client.Online.Seconds)),
            Spread.Of(results.Select(result => (result.Client.Offline + result.Client.Online).Seconds)),
            offline.Bytes, online.Bytes, offline.BytesSent + online.BytesSent, offline.BytesReceived + online.BytesReceived,
            offline.Rounds, online.Rounds, results.Max(result => result.Client.PeakRssBytes), results.Max(result => result.Server.PeakRssBytes),
            agreement.Rows, agreement.Top1, agreement.LargestDifference, agreement.Bound, within);
    }
}
