using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Blindsight.Compiler.Inputs;

/// <summary>IDX files, as MNIST comes in them: big-endian numbers; the first axis counts rows.</summary>
internal static class IdxReader
{
    private const int RankMax = 8;

    public static bool Recognises(ReadOnlySpan<byte> data) =>
        data.Length >= 4 && data[0] == 0 && data[1] == 0 && data[2] is 0x08 or 0x09 or 0x0B or 0x0C or 0x0D or 0x0E && data[3] is >= 1 and <= RankMax;

    /// <exception cref="InputException">Damaged, or not IDX.</exception>
    public static SampleSet Read(ReadOnlySpan<byte> data, string file)
    {
        if (!Recognises(data)) throw new InputException(file, "magic", "not an IDX file");
        int rank = data[3], start = 4 + 4 * rank;
        if (data.Length < start) throw new InputException(file, "header", $"{data.Length} bytes are too few for {rank} axes");
        int size = data[2] switch { 0x08 or 0x09 => 1, 0x0B => 2, 0x0E => 8, _ => 4 };
        ImmutableArray<int>.Builder shape = ImmutableArray.CreateBuilder<int>(rank);
        Int128 elements = 1;
        for (int axis = 0; axis < rank; axis++)
        {
            int dimension = BinaryPrimitives.ReadInt32BigEndian(data[(4 + 4 * axis)..]);
            if (dimension < 0) throw new InputException(file, "header", $"an axis of {dimension}");
            elements *= dimension;
            shape.Add(dimension);
        }
        ReadOnlySpan<byte> numbers = data[start..];
        if (elements * size != numbers.Length)
            throw new InputException(file, "header", $"{elements} elements of {size} bytes do not fill the {numbers.Length} bytes that follow");
        ImmutableArray<int> row = shape.ToImmutable()[1..];
        if (row.Length == 2) row = [1, .. row];
        return data[2] == 0x08
            ? new(file, shape[0], row, numbers.ToArray(), null)
            : new(file, shape[0], row, null, Numbers(numbers, data[2], size));
    }

    private static float[] Numbers(ReadOnlySpan<byte> data, byte type, int size)
    {
        float[] numbers = new float[data.Length / size];
        for (int i = 0; i < numbers.Length; i++)
        {
            ReadOnlySpan<byte> at = data.Slice(i * size, size);
            numbers[i] = type switch
            {
                0x09 => (sbyte)at[0],
                0x0B => BinaryPrimitives.ReadInt16BigEndian(at),
                0x0C => BinaryPrimitives.ReadInt32BigEndian(at),
                0x0D => BinaryPrimitives.ReadSingleBigEndian(at),
                _ => (float)BinaryPrimitives.ReadDoubleBigEndian(at),
            };
        }
        return numbers;
    }
}
