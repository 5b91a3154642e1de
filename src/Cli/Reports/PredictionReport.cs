using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Cli.Benchmarks.Networks;
using Blindsight.Inference.Costs;

namespace Blindsight.Cli.Reports;

/// <summary>Predictions beside measurements as 'bench predictions' writes them, as JSON; names become snake_case.</summary>
/// <param name="Costs">The machine that predictions were made for.</param>
/// <param name="Commit">Left out where the build did not know it.</param>
internal sealed record PredictionReport(
    int SchemaVersion, MachineFacts Machine, string? Commit, string Costs, bool CostsAreNominal, ImmutableArray<PredictionFigure> Predictions)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static PredictionReport Of(MachineCosts costs, ImmutableArray<PredictionFigure> figures) =>
        new(1, MachineFacts.Read(), MachineFacts.Commit(), costs.Machine, costs.IsNominal, figures);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Format);
}
