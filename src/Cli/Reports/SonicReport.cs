using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Cli.Benchmarks.Outsourced;

namespace Blindsight.Cli.Reports;

/// <summary>The figures of 'bench sonic' as JSON; names become snake_case.</summary>
/// <param name="Commit">Left out where the build did not know it.</param>
internal sealed record SonicReport(
    int SchemaVersion, MachineFacts Machine, string? Commit, ImmutableArray<SonicFigure> Figures, ImmutableArray<SonicSaving> Savings)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static SonicReport Of(ImmutableArray<SonicFigure> figures, IReadOnlyCollection<string> ours) =>
        new(1, MachineFacts.Read(), MachineFacts.Commit(), figures, [.. SonicSaving.Of(figures, ours)]);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Format);
}
