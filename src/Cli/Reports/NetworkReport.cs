using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Cli.Benchmarks.Networks;

namespace Blindsight.Cli.Reports;

/// <summary>The figures of networks as 'bench networks' writes them, as JSON or CSV; names become snake_case.</summary>
/// <param name="Commit">Left out where the build did not know it.</param>
internal sealed record NetworkReport(int SchemaVersion, MachineFacts Machine, string? Commit, ImmutableArray<NetworkFigure> Networks)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Keeps what is null, so that every line has the same columns.</summary>
    private static readonly JsonSerializerOptions Line = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static NetworkReport Of(ImmutableArray<NetworkFigure> figures) => new(1, MachineFacts.Read(), MachineFacts.Commit(), figures);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    /// <summary>One line a figure below a line of names; a spread takes three columns.</summary>
    public byte[] ToCsv()
    {
        StringBuilder text = new();
        foreach (NetworkFigure figure in Networks)
        {
            (string Name, string Value)[] cells =
            [
                .. JsonSerializer.SerializeToElement(figure, Line).EnumerateObject().SelectMany(Cells),
                ("cpu", Quoted(Machine.Cpu)), ("cores", Machine.Cores.ToString(CultureInfo.InvariantCulture)),
                ("runtime", Quoted(Machine.Runtime)), ("commit", Commit ?? ""),
            ];
            if (text.Length == 0) text.AppendJoin(',', cells.Select(cell => cell.Name)).Append('\n');
            text.AppendJoin(',', cells.Select(cell => cell.Value)).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static IEnumerable<(string Name, string Value)> Cells(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.Object => property.Value.EnumerateObject().Select(part => ($"{property.Name}_{part.Name}", part.Value.GetRawText())),
        JsonValueKind.Null => [(property.Name, "")],
        JsonValueKind.String => [(property.Name, Quoted(property.Value.GetString()!))],
        _ => [(property.Name, property.Value.GetRawText())],
    };

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
