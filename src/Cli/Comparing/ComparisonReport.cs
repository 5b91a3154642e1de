using System.Text.Json;
using Blindsight.Cli.Reports;

namespace Blindsight.Cli.Comparing;

/// <summary>The comparison as 'compare --json' writes it; names become snake_case.</summary>
/// <param name="Rows">Rows of the input that every family answered.</param>
internal sealed record ComparisonReport(
    int SchemaVersion, string Model, string Link, int Rows, EnergyFactors Energy, MachineFacts Machine, string? Commit, ComparisonReport.Entry[] Entries)
{
    /// <summary>Those that ran.</summary>
    public IEnumerable<Entry> Ran => Entries.Where(entry => entry.Figures is not null);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonReports.Format);

    /// <param name="Reason">Why there are no figures.</param>
    internal sealed record Entry(string Name, string Title, string Systems, string Adversary, string Learns, FamilyFigures? Figures, string? Reason)
    {
        public static Entry Of(Family family, FamilyFigures? figures, string? reason) =>
            new(family.Name, family.Title, family.Systems, family.Adversary, family.Learns, figures, reason);
    }
}
