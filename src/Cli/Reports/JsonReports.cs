using System.Text.Json;
using System.Text.Json.Serialization;

namespace Blindsight.Cli.Reports;

/// <summary>How reports are written: names in snake_case, indented.</summary>
internal static class JsonReports
{
    public static JsonSerializerOptions Format { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
