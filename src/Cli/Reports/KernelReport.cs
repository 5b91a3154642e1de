using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Cli.Benchmarks;

namespace Blindsight.Cli.Reports;

/// <summary>The figures of kernels as 'bench kernels --json' writes them; names become snake_case.</summary>
/// <param name="Commit">Left out where the build did not know it.</param>
internal sealed record KernelReport(int SchemaVersion, MachineFacts Machine, string? Commit, ImmutableArray<KernelFigure> Kernels)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static KernelReport Of(ImmutableArray<KernelFigure> figures) => new(1, MachineFacts.Read(), MachineFacts.Commit(), figures);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Format);
}
