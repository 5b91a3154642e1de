namespace Blindsight.Compiler.Inputs;

/// <summary>Reads rows and labels from files; the kind of a file is told by its content, or by its name where it has no mark.</summary>
public static class SampleReader
{
    /// <summary>Reads .npy, IDX, CIFAR-10 binary (both also gzipped), CSV or PNG.</summary>
    /// <param name="csv">Columns of a CSV file; all of them where null.</param>
    /// <exception cref="InputException">The file cannot be read or is none of these; names the file and the field.</exception>
    public static SampleSet Read(string path, CsvColumns? csv = null) => Decode(Load(path), path, csv);

    /// <summary>Reads labels: one number a row from any of the formats, or the labels beside CIFAR or CSV rows.</summary>
    /// <exception cref="InputException">The file holds no labels.</exception>
    public static int[] ReadLabels(string path, CsvColumns? csv = null)
    {
        SampleSet set = Read(path, csv?.Label is null ? csv : csv with { Columns = [] });
        if (set.Labels is not null) return set.Labels;
        if (set.Elements != 1) throw new InputException(path, "", $"rows of {set.Elements} numbers are not labels");
        int[] labels = new int[set.Count];
        for (int row = 0; row < labels.Length; row++)
        {
            float value = set.Row(row)[0];
            if (value != MathF.Floor(value) || Math.Abs(value) > 1 << 24) throw new InputException(path, $"row {row}", $"{value} is not a label");
            labels[row] = (int)value;
        }
        return labels;
    }

    /// <summary>Reads the content of a file.</summary>
    internal static SampleSet Decode(byte[] content, string file, CsvColumns? csv = null)
    {
        byte[] data = Decompression.Unpack(content, file);
        if (NpyReader.Recognises(data)) return NpyReader.Read(data, file);
        if (PngReader.Recognises(data)) return PngReader.Read(data, file);
        string name = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;
        if (name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) return CsvReader.Read(data, file, csv ?? CsvColumns.All);
        if (name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase)) return CifarReader.Read(data, file);
        if (IdxReader.Recognises(data)) return IdxReader.Read(data, file);
        throw new InputException(file, "", "not a kind of file that is read: .npy, IDX, CIFAR-10 .bin, .csv or .png");
    }

    private static byte[] Load(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > Decompression.BytesMax) throw new InputException(path, "", $"{length} bytes; at most {Decompression.BytesMax} are read");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, "", "cannot be read: " + e.Message, e);
        }
    }
}
