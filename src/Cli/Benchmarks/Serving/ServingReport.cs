using System.Text.Json;
using Blindsight.Cli.Reports;

namespace Blindsight.Cli.Benchmarks.Serving;

/// <summary>How a server holds out, as 'bench serving --json' writes it; names become snake_case.</summary>
/// <param name="Load">The share of the capacity that was asked for in the open loop.</param>
/// <param name="Alone">One client, in a closed loop.</param>
/// <param name="Capacity">All clients, in a closed loop.</param>
/// <param name="Open">All clients, questions at random moments.</param>
/// <param name="ServerFirstBytes">The server's resident memory in the first quarter of the open loop, median of samples a second apart.</param>
internal sealed record ServingReport(
    int SchemaVersion, string Model, int Clients, bool Tls, double Load, MachineFacts Machine, string? Commit, ServingPhase Alone, ServingPhase Capacity,
    ServingPhase Open, long ServerFirstBytes, long ServerLastBytes, long ServerLargestBytes)
{
    /// <summary>How many times one client's usual time the slowest hundredth takes.</summary>
    public double P99OverAlone => Open.P99 / Alone.P50;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonReports.Format);
}
