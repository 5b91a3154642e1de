using System.Globalization;
using Blindsight.Compiler.Inputs;

namespace Blindsight.Cli.Files;

/// <summary>Rows A-B of a file, zero-based and inclusive, every <paramref name="Step"/>-th of them.</summary>
internal readonly record struct RowRange(int First, int Last, int Step = 1)
{
    public int Count => (Last - First) / Step + 1;

    public IEnumerable<int> Rows
    {
        get
        {
            (int first, int step) = (First, Step);
            return Enumerable.Range(0, Count).Select(i => first + i * step);
        }
    }

    /// <summary>At most so many rows, evenly from the whole file: files are often sorted by class.</summary>
    public static RowRange Spread(int count, SampleSet samples)
    {
        RowRange all = Of(null, samples);
        return all.Count <= count ? all : new(0, (count - 1) * (all.Count / count), all.Count / count);
    }

    /// <summary>Reads "A-B" or "A"; every row of the file where null.</summary>
    /// <exception cref="CommandException">Not of that form, or not in the file.</exception>
    public static RowRange Of(string? text, SampleSet samples)
    {
        if (text is null)
            return samples.Count > 0 ? new(0, samples.Count - 1) : throw new CommandException($"{samples.File} has no rows.");
        string[] ends = text.Split('-');
        if (ends.Length is not (1 or 2) || !Number(ends[0], out int first) || !Number(ends[^1], out int last) || last < first)
            throw new CommandException($"--rows '{text}' is not of the form A-B, zero-based and inclusive, such as 0-9.");
        if (last >= samples.Count)
            throw new CommandException($"--rows {text} asks for row {last}; {samples.File} has rows 0 to {samples.Count - 1}.");
        return new(first, last);
    }

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
