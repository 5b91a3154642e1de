using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Blindsight.Compiler.Inputs;

/// <summary>NumPy's .npy files, versions 1 to 3: little-endian numbers in C order; the first axis counts rows.</summary>
internal static partial class NpyReader
{
    private const int RankMax = 8;

    public static bool Recognises(ReadOnlySpan<byte> data) => data.Length > 6 && data[0] == 0x93 && data[1..].StartsWith("NUMPY"u8);

    /// <exception cref="InputException">Damaged, or of a kind that is not read.</exception>
    public static SampleSet Read(ReadOnlySpan<byte> data, string file)
    {
        (string header, int start) = Header(data, file);
        string type = Field(TypePattern(), header, "descr", file);
        if (Field(OrderPattern(), header, "fortran_order", file) != "False")
            throw new InputException(file, "fortran_order", "only C order is read");
        ImmutableArray<int> shape = Shape(Field(ShapePattern(), header, "shape", file), file);
        ReadOnlySpan<byte> numbers = data[start..];
        int size = ElementBytes(type, file);
        Int128 elements = shape.Aggregate(Int128.One, (product, dimension) => product * dimension);
        if (elements * size != numbers.Length)
            throw new InputException(file, "shape", $"{elements} elements of {size} bytes do not fill the {numbers.Length} bytes that follow");
        ImmutableArray<int> row = shape.Length == 0 ? [] : shape[1..];
        int count = shape.Length == 0 ? 1 : shape[0];
        bool channelsLast = row.Length == 3 && row[2] is 1 or 3 && row[0] is not (1 or 3);
        return type is "|u1" or "u1" or "<u1"
            ? new(file, count, row, numbers.ToArray(), null, ChannelsLast: channelsLast)
            : new(file, count, row, null, Numbers(numbers, type, size), ChannelsLast: channelsLast);
    }

    private static (string Header, int Start) Header(ReadOnlySpan<byte> data, string file)
    {
        if (data.Length < 12 || !Recognises(data)) throw new InputException(file, "magic", "not a .npy file");
        if (data[6] is < 1 or > 3) throw new InputException(file, "version", $"version {data[6]} is not read; 1 to 3 are");
        int prefix = data[6] == 1 ? 10 : 12;
        uint length = data[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(data[8..]);
        if (length > Math.Min(data.Length - prefix, 1 << 16))
            throw new InputException(file, "header", $"a header of {length} bytes in a file of {data.Length}");
        return (Encoding.UTF8.GetString(data.Slice(prefix, (int)length)), prefix + (int)length);
    }

    private static string Field(Regex pattern, string header, string field, string file)
    {
        Match match = pattern.Match(header);
        return match.Success ? match.Groups[1].Value : throw new InputException(file, field, "missing or not understood");
    }

    private static ImmutableArray<int> Shape(string text, string file)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > RankMax) throw new InputException(file, "shape", $"{parts.Length} axes; at most {RankMax}");
        return [.. parts.Select(part => int.TryParse(part.TrimEnd('L'), out int size) && size >= 0
            ? size : throw new InputException(file, "shape", $"an axis of '{part}'"))];
    }

    private static int ElementBytes(string type, string file) => type switch
    {
        "|u1" or "u1" or "<u1" or "|i1" or "<i1" or "|b1" => 1,
        "<i2" or "<u2" or "<f2" => 2,
        "<i4" or "<u4" or "<f4" => 4,
        "<i8" or "<u8" or "<f8" => 8,
        _ => throw new InputException(file, "descr",
            $"numbers of type '{type}' are not read; float16 to 64, int8 to 64 and uint8 to 64 in little-endian order are"),
    };

    private static float[] Numbers(ReadOnlySpan<byte> data, string type, int size)
    {
        float[] numbers = new float[data.Length / size];
        for (int i = 0; i < numbers.Length; i++)
        {
            ReadOnlySpan<byte> at = data.Slice(i * size, size);
            numbers[i] = type switch
            {
                "<f4" => BinaryPrimitives.ReadSingleLittleEndian(at),
                "<f8" => (float)BinaryPrimitives.ReadDoubleLittleEndian(at),
                "<f2" => (float)BinaryPrimitives.ReadHalfLittleEndian(at),
                "<i2" => BinaryPrimitives.ReadInt16LittleEndian(at),
                "<u2" => BinaryPrimitives.ReadUInt16LittleEndian(at),
                "<i4" => BinaryPrimitives.ReadInt32LittleEndian(at),
                "<u4" => BinaryPrimitives.ReadUInt32LittleEndian(at),
                "<i8" => BinaryPrimitives.ReadInt64LittleEndian(at),
                "<u8" => BinaryPrimitives.ReadUInt64LittleEndian(at),
                "|b1" => at[0] == 0 ? 0 : 1,
                _ => (sbyte)at[0],
            };
        }
        return numbers;
    }

    [GeneratedRegex("""'descr'\s*:\s*'([^']*)'""", RegexOptions.NonBacktracking)]
    private static partial Regex TypePattern();

    [GeneratedRegex("""'fortran_order'\s*:\s*(True|False)""", RegexOptions.NonBacktracking)]
    private static partial Regex OrderPattern();

    [GeneratedRegex("""'shape'\s*:\s*\(([^)]*)\)""", RegexOptions.NonBacktracking)]
    private static partial Regex ShapePattern();
}
