using System.Numerics;
using Blindsight.Arithmetic;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave.Models;

/// <summary>
/// One plaintext of a model's weights, to be encrypted under a context's key: numbers that repeat themselves over positions, the same for all images. What it
/// is a weight of, the enclave does not know; host and owner know its place in the list.
/// </summary>
/// <param name="Level">At which it is encoded.</param>
/// <param name="Magnitude">A declared bound of the numbers.</param>
/// <param name="Images">That lie side by side in a position, a power of two.</param>
/// <param name="Shift">Position p gets number p + shift, modulo their count.</param>
/// <param name="Numbers">A power of two of them. The model owner's secret.</param>
public sealed record WeightPlaintext(int Level, double Scale, double Magnitude, int Images, int Shift, float[] Numbers)
{
    /// <summary>Bytes of the shortest that there can be.</summary>
    public const int BytesMin = 36;

    private const int LevelMax = 64, SlotsMax = 1 << 16;

    public void Write(WireWriter writer) =>
        writer.Int32(Level).Double(Scale).Double(Magnitude).Int32(Images).Int32(Shift).Floats(Numbers);

    /// <exception cref="RoomException">Malformed.</exception>
    public static WeightPlaintext Read(ref WireReader reader)
    {
        WeightPlaintext read = new(reader.Int32(1, LevelMax), reader.Double(), reader.Double(), reader.Int32(1, SlotsMax),
            reader.Int32(-SlotsMax, SlotsMax), reader.Floats(SlotsMax));
        if (!BitOperations.IsPow2(read.Images) || !BitOperations.IsPow2(read.Numbers.Length) || (long)read.Images * read.Numbers.Length > SlotsMax
            || read.Scale < 1 || read.Magnitude <= 0 || read.Numbers.Any(number => Math.Abs(number) > read.Magnitude))
            throw new RoomException(RoomFault.Malformed, "a weight of another form: powers of two, a scale, numbers within their magnitude");
        return read;
    }

    /// <summary>The numbers in slots.</summary>
    /// <exception cref="ParameterException">More numbers than positions.</exception>
    public void Spread(Span<double> slots)
    {
        if ((long)Images * Numbers.Length > slots.Length)
            throw new ParameterException($"{Numbers.Length} numbers for {Images} images are more than {slots.Length} slots");
        for (int position = 0; position < slots.Length / Images; position++)
            slots.Slice(position * Images, Images).Fill(Numbers[(position + Shift) & (Numbers.Length - 1)]);
    }
}
