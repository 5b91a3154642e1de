using Blindsight.Cli.Benchmarks.Networks;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;

namespace Blindsight.Cli.Benchmarks.Outsourced;

/// <summary>
/// What an inference of one row costs by one way of comparing. Online: between the two servers, or, for garbled circuits, between client and server.
/// Bytes and rounds are the same in every repetition.
/// </summary>
/// <param name="Comparison">tables, fss, sonic or prefix between two servers; garbled between client and server.</param>
/// <param name="OfflineBytes">What the dealer sends to both servers, or what client and server send each other before the input.</param>
/// <param name="OfflineSeconds">The dealer's time, or that of the offline phase.</param>
/// <param name="PreparedSeconds">Of a server, after the dealer and before the input; null between client and server, where it is part of the above.</param>
/// <param name="Comparisons">Of one inference.</param>
/// <param name="Top1Agreement">Rows, of those measured, whose class is the one that floats name.</param>
/// <param name="LargestDifference">Of any output of any row from fixed point in the clear.</param>
/// <param name="DifferenceBound">As in <see cref="ClearReference"/>.</param>
internal sealed record SonicFigure(
    string Name, string Comparison, string Link, int Repetitions, long Comparisons, Spread OnlineSeconds, long OnlineBytes, long OnlineRounds,
    Spread OfflineSeconds, long OfflineBytes, Spread? PreparedSeconds, int Rows, int Top1Agreement, double LargestDifference,
    double? DifferenceBound, bool WithinBound)
{
    /// <param name="measured">The costs of each repetition, at least one.</param>
    /// <param name="predictions">Of every repetition.</param>
    public static SonicFigure Of(
        NetworkCase network, string comparison, string link, IReadOnlyList<SonicCost> measured, IReadOnlyList<Predicted> predictions)
    {
        SonicCost last = measured[^1];
        ReferenceAgreement all = network.Reference.Compare(predictions, network.Rows[0]);
        ReferenceAgreement rows = network.Reference.Compare([.. predictions.DistinctBy(prediction => prediction.Row)], network.Rows[0]);
        return new(network.Name, comparison, link, measured.Count, network.Comparisons,
            Spread.Of(measured.Select(cost => cost.OnlineSeconds)), last.OnlineBytes, last.OnlineRounds,
            Spread.Of(measured.Select(cost => cost.OfflineSeconds)), last.OfflineBytes,
            last.PreparedSeconds is null ? null : Spread.Of(measured.Select(cost => cost.PreparedSeconds!.Value)),
            rows.Rows, rows.Top1, all.LargestDifference, all.Bound, all.Within);
    }
}

/// <summary>One repetition.</summary>
internal sealed record SonicCost(
    double OnlineSeconds, long OnlineBytes, long OnlineRounds, double OfflineSeconds, long OfflineBytes, double? PreparedSeconds);

/// <summary>How many times fewer bytes one way of comparing takes than the two that it is compared with; null where one was not measured.</summary>
internal sealed record SonicSaving(
    string Name, string Comparison, double? OnlineAgainstSonic, double? OnlineAgainstGarbled, double? TotalAgainstSonic, double? TotalAgainstGarbled)
{
    /// <summary>Of every network, for the ways that are ours.</summary>
    public static IEnumerable<SonicSaving> Of(IReadOnlyList<SonicFigure> figures, IReadOnlyCollection<string> ours)
    {
        foreach (SonicFigure figure in figures.Where(figure => ours.Contains(figure.Comparison)).DistinctBy(figure => (figure.Name, figure.Comparison)))
        {
            yield return new(figure.Name, figure.Comparison, Online("sonic"), Online("garbled"), Total("sonic"), Total("garbled"));

            SonicFigure? Other(string comparison) => figures.FirstOrDefault(other => other.Name == figure.Name && other.Comparison == comparison);
            double? Online(string comparison) => (double?)Other(comparison)?.OnlineBytes / figure.OnlineBytes;
            double? Total(string comparison) => Other(comparison) is { } other
                ? (double)(other.OnlineBytes + other.OfflineBytes) / (figure.OnlineBytes + figure.OfflineBytes) : null;
        }
    }
}
