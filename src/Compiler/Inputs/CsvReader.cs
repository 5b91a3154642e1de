using System.Globalization;
using System.Text;

namespace Blindsight.Compiler.Inputs;

/// <summary>Which columns of a CSV file are features and which is the label; by header name or zero-based index.</summary>
/// <param name="Columns">Features in order; all but the label where null.</param>
/// <param name="Label">The label's column, or null.</param>
/// <param name="Classes">Names of the classes, for labels that are words.</param>
public sealed record CsvColumns(IReadOnlyList<string>? Columns, string? Label = null, IReadOnlyList<string>? Classes = null)
{
    /// <summary>All columns, all numbers.</summary>
    public static CsvColumns All { get; } = new((IReadOnlyList<string>?)null);
}

/// <summary>Comma-separated numbers, one row a line, with or without a header.</summary>
internal static class CsvReader
{
    private const int ColumnsMax = 1 << 20;

    /// <exception cref="InputException">A field is no number, a row has another length, or a column does not exist.</exception>
    public static SampleSet Read(ReadOnlySpan<byte> data, string file, CsvColumns columns)
    {
        string[][] rows = Rows(Encoding.UTF8.GetString(data), file);
        if (rows.Length == 0) throw new InputException(file, "", "no rows");
        bool header = rows[0].Any(field => !IsNumber(field)) && (rows.Length == 1 || IsHeader(rows));
        string[] names = header ? rows[0] : [];
        rows = header ? rows[1..] : rows;
        int width = header ? names.Length : rows[0].Length;
        int label = columns.Label is null ? -1 : Column(columns.Label, names, width, file);
        int[] features = columns.Columns is not null ? [.. columns.Columns.Select(name => Column(name, names, width, file))]
            : [.. Enumerable.Range(0, width).Where(column => column != label)];
        float[] values = new float[rows.Length * features.Length];
        int[]? labels = label < 0 ? null : new int[rows.Length];
        for (int r = 0; r < rows.Length; r++)
        {
            if (rows[r].Length != width) throw new InputException(file, $"row {r}", $"{rows[r].Length} fields; the first has {width}");
            for (int c = 0; c < features.Length; c++) values[r * features.Length + c] = Number(rows[r][features[c]], file, r, features[c]);
            if (labels is not null) labels[r] = Label(rows[r][label], columns.Classes, file, r);
        }
        return new(file, rows.Length, [features.Length], null, values, labels);
    }

    private static string[][] Rows(string text, string file)
    {
        List<string[]> rows = [];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.Trim().IsEmpty) continue;
            rows.Add(Fields(line.Trim('\uFEFF'), file, rows.Count));
        }
        return [.. rows];
    }

    private static string[] Fields(ReadOnlySpan<char> line, string file, int row)
    {
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false;
        foreach (char c in line)
        {
            if (c == '"') quoted = !quoted;
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
                if (fields.Count > ColumnsMax) throw new InputException(file, $"row {row}", $"more than {ColumnsMax} fields");
            }
            else field.Append(c);
        }
        if (quoted) throw new InputException(file, $"row {row}", "a quotation that does not end on its line");
        fields.Add(field.ToString().Trim());
        return [.. fields];
    }

    /// <summary>Whether some column is a number below a first row that is none there.</summary>
    private static bool IsHeader(string[][] rows) =>
        rows[0].Where((field, column) => !IsNumber(field) && column < rows[1].Length && IsNumber(rows[1][column])).Any();

    private static bool IsNumber(string field) => float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static float Number(string field, string file, int row, int column) =>
        float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value : throw new InputException(file, $"row {row}, column {column}", $"'{Shown(field)}' is not a number");

    private static int Label(string field, IReadOnlyList<string>? classes, string file, int row)
    {
        if (int.TryParse(field, NumberStyles.Integer, CultureInfo.InvariantCulture, out int label)) return label;
        for (int i = 0; i < classes?.Count; i++)
            if (classes[i] == field) return i;
        throw new InputException(file, $"row {row}", $"label '{Shown(field)}' is neither a number nor one of the card's classes");
    }

    private static int Column(string name, string[] names, int width, string file)
    {
        int index = Array.IndexOf(names, name);
        if (index < 0 && !(int.TryParse(name, out index) && index >= 0 && index < width))
            throw new InputException(file, $"column '{name}'", $"not among the {width} columns");
        return index;
    }

    private static string Shown(string field) => field.Length > 40 ? field[..40] + "..." : field;
}
