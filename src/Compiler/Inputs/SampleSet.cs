using System.Collections.Immutable;

namespace Blindsight.Compiler.Inputs;

/// <summary>Rows of equal shape from a data file, as bytes or floats, row-major.</summary>
/// <param name="File">Where they come from, for messages.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Shape">Of one row; images as channel, row, column unless <paramref name="ChannelsLast"/>.</param>
/// <param name="Bytes">Count * elements bytes, or null.</param>
/// <param name="Floats">Count * elements floats, or null; exactly one of the two is present.</param>
/// <param name="Labels">One for each row, or null.</param>
/// <param name="ChannelsLast">Whether rows are images of row, column, channel.</param>
public sealed record SampleSet(
    string File, int Count, ImmutableArray<int> Shape, byte[]? Bytes, float[]? Floats, int[]? Labels = null, bool ChannelsLast = false)
{
    /// <summary>Elements of one row.</summary>
    public int Elements => Shape.Aggregate(1, (product, size) => checked(product * size));

    /// <summary>The elements of one row as floats: bytes as 0 to 255.</summary>
    /// <exception cref="InputException">There is no such row.</exception>
    public float[] Row(int row)
    {
        if (row < 0 || row >= Count) throw new InputException(File, "", $"row {row} of {Count} rows, counted from zero");
        int elements = Elements;
        return Floats is not null
            ? Floats.AsSpan(row * elements, elements).ToArray()
            : Array.ConvertAll(Bytes!.AsSpan(row * elements, elements).ToArray(), value => (float)value);
    }

    /// <summary>The set as one row, where the file holds a single sample without a row axis.</summary>
    internal SampleSet AsOneRow() => this with { Count = 1, Shape = [Count, .. Shape], Labels = null };
}
