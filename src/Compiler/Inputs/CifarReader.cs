namespace Blindsight.Compiler.Inputs;

/// <summary>CIFAR-10's binary files: records of a label byte and the red, green and blue planes of 32 x 32 pixels.</summary>
internal static class CifarReader
{
    private const int PixelBytes = 3 * 32 * 32;
    private const int Classes = 10;

    /// <exception cref="InputException">Not whole records, or a label that does not exist.</exception>
    public static SampleSet Read(ReadOnlySpan<byte> data, string file)
    {
        int record = PixelBytes + 1, count = data.Length / record;
        if (count == 0 || data.Length % record != 0)
            throw new InputException(file, "records", $"{data.Length} bytes are not whole CIFAR-10 records of {record}");
        byte[] pixels = new byte[count * PixelBytes];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = data[i * record];
            if (labels[i] >= Classes) throw new InputException(file, $"record {i}", $"label {labels[i]}; labels are 0 to {Classes - 1}");
            data.Slice(i * record + 1, PixelBytes).CopyTo(pixels.AsSpan(i * PixelBytes));
        }
        return new(file, count, [3, 32, 32], pixels, null, labels);
    }
}
