using Blindsight.Compiler.Inputs;

namespace Blindsight.Cli.Files;

/// <summary>The right classes of rows.</summary>
internal static class Labels
{
    /// <summary>From the file, or where none is named from beside the rows themselves; null where neither has any.</summary>
    /// <exception cref="CommandException">The file has fewer labels than rows are asked for.</exception>
    public static int[]? Read(string? path, SampleSet samples, RowRange rows)
    {
        if (path is not null && !File.Exists(path)) throw new CommandException($"There is no file of labels at '{path}'.");
        int[]? labels = path is null ? samples.Labels : SampleReader.ReadLabels(path);
        if (labels is null) return null;
        return labels.Length > rows.Last
            ? labels[rows.First..(rows.Last + 1)]
            : throw new CommandException($"{path ?? samples.File} has labels for {labels.Length} rows; row {rows.Last} is asked for.");
    }
}
