using System.Text.Json;
using Blindsight.Cli.Terminal;
using Blindsight.Inference.Sessions;
using Blindsight.Training.Activations;
using Spectre.Console;

namespace Blindsight.Cli.Reports;

/// <summary>What a planning run did, as its .json file says it; names become snake_case.</summary>
/// <param name="Before">Predicted for the model as it was.</param>
/// <param name="After">Predicted for the chosen one.</param>
/// <param name="Front">The points that none beats in both latency and accuracy; latencies by the search's prices.</param>
/// <param name="Test">On images that no decision was taken on; null where there are none.</param>
internal sealed record PlanReport(
    int SchemaVersion, string Mode, string Comparison, string Link, string Costs, ulong Seed, PlanReport.Latency Before, PlanReport.Latency After,
    PlanReport.Point Chosen, PlanReport.Point[] Front, PlanReport.Point[] Points, PlanReport.Layer[] Layers, PlanReport.Judgement? Test)
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Point PointOf(PlanningPoint point) => new(point.Name, point.Seconds, point.Accuracy, point.Images, point.Replaced);

    public static Layer[] LayersOf(PlanningResult result, IReadOnlyList<string> names) =>
    [
        .. result.Kinds.Select((kinds, i) => new Layer(names[i], Enum.GetValues<ActivationKind>().Reverse()
            .Select(kind => (Name(kind), Count: kinds.Count(other => other == kind))).Where(item => item.Count > 0)
            .ToDictionary(item => item.Item1, item => item.Count))),
    ];

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    public void Write(TextWriter output)
    {
        Table points = Tables.New("point", "predicted s", "validation", "replaced", "");
        foreach (Point point in Points)
            Tables.Add(points, point.Name, $"{point.Seconds:g3}", $"{point.Accuracy:p2}", $"{point.Replaced:p0}",
                (Front.Contains(point) ? "front " : "") + (point == Chosen ? "chosen" : ""));
        Tables.Write(points, output);
        Table layers = Tables.New("activation", "channels");
        foreach (Layer layer in Layers) Tables.Add(layers, layer.Name, string.Join(", ", layer.Channels.Select(item => $"{item.Value} {item.Key}")));
        Tables.Write(layers, output);
        output.WriteLine($"predicted on link {Link}: {Before.Total:g3} s before, {After.Total:g3} s after, {1 - After.Total / Before.Total:p0} less "
            + $"(offline {After.OfflineSeconds:g3} s, online {After.OnlineSeconds:g3} s, {After.Bytes / 1e6:g3} MB, {After.RoundsOnline} rounds online)");
        if (Test is not null) output.WriteLine($"test images: {Test.Correct:n0} of {Test.Images:n0} right ({(double)Test.Correct / Test.Images:p2})");
    }

    private static string Name(ActivationKind kind) => kind.ToString().ToLowerInvariant();

    internal sealed record Point(string Name, double Seconds, double Accuracy, int Images, double Replaced);

    /// <param name="Channels">How many of each kind.</param>
    internal sealed record Layer(string Name, Dictionary<string, int> Channels);

    internal sealed record Latency(double OfflineSeconds, double OnlineSeconds, long Bytes, long RoundsOnline)
    {
        public double Total => OfflineSeconds + OnlineSeconds;

        public static Latency Of(SessionReport report) =>
            new(report.Offline.Seconds, report.Online.Seconds, report.Offline.Bytes + report.Online.Bytes, report.Online.Rounds);
    }

    /// <param name="Right">1 for each image that was classified correctly, else 0, so that two networks can be compared image by image.</param>
    internal sealed record Judgement(int Correct, int Images, string Right);
}
