using System.Text.Json;
using Blindsight.Cli.Parties;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Reports;

/// <summary>The figures of a run as 'run --json' writes them; names become snake_case.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Layers">Each offline and online together, and apart.</param>
/// <param name="Reference">All outputs against fixed point in the clear.</param>
internal sealed record RunReport(
    int SchemaVersion, string Model, string Deployment, string Comparison, string Link, int Threads, int Rows, float[][] Outputs,
    int[] Top1, int[] ReferenceTop1, ReferenceAgreement Reference, RunReport.Layer[] Layers, RunReport.Phase Offline, RunReport.Phase Online,
    double WarmupSeconds, RunReport.Party[] Parties)
{
    public static RunReport Of(
        TwoProcessResult result, string link, int threads, int[] referenceTop1, ReferenceAgreement reference) => new(
        1, result.Client.Model, result.Client.Deployment, result.Client.Comparison, link, threads, result.Predictions.Length,
        [.. result.Predictions.Select(prediction => prediction.Outputs)], [.. result.Predictions.Select(prediction => prediction.Top1)],
        referenceTop1, reference, [.. result.Client.Layers.Select(Layer.Of)], Phase.Of(result.Client.Offline), Phase.Of(result.Client.Online),
        Math.Max(result.Client.WarmupSeconds, result.Server.WarmupSeconds),
        [Party.Of("client", result.Client), Party.Of("server", result.Server)]);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonReports.Format);

    internal sealed record Layer(string Name, string Kind, double Seconds, long Bytes, long Rounds, LayerPhase Offline, LayerPhase Online)
    {
        public static Layer Of(LayerCost cost)
        {
            PhaseCost both = cost.Offline + cost.Online;
            return new(cost.Name, cost.Kind, both.Seconds, both.Bytes, both.Rounds, LayerPhase.Of(cost.Offline), LayerPhase.Of(cost.Online));
        }
    }

    internal sealed record LayerPhase(double Seconds, long Bytes, long Rounds)
    {
        public static LayerPhase Of(PhaseCost cost) => new(cost.Seconds, cost.Bytes, cost.Rounds);
    }

    internal sealed record Phase(double Seconds, long Rounds, Directions Bytes)
    {
        public static Phase Of(PhaseCost cost) => new(cost.Seconds, cost.Rounds, new(cost.BytesSent, cost.BytesReceived));
    }

    internal sealed record Directions(long ClientToServer, long ServerToClient);

    /// <param name="WorkCpuSeconds">Without what it took to start.</param>
    /// <param name="PreparedWeightBytes">Of the peak, what weights kept transformed take; 0 at the client.</param>
    internal sealed record Party(string Name, double CpuSeconds, double WorkCpuSeconds, long PeakRssBytes, long PreparedWeightBytes)
    {
        public static Party Of(string name, Finished finished) => new(
            name, finished.CpuSeconds, finished.WorkCpuSeconds, finished.PeakRssBytes, finished.PreparedWeightBytes);
    }
}
