using System.Numerics;

namespace Blindsight.Arithmetic.Tensors;

/// <summary>
/// How the elements of a tensor, for several images at once, lie in the slots of ciphertexts: slot p * Images + i of block b holds element
/// b * Period + p mod Period of image i, and 0 behind the last. With one image this is image-major packing, repeated to fill the slots; with as
/// many images as slots it is the batch-major packing of CryptoNets, an element a ciphertext.
/// </summary>
/// <param name="Slots">Of a ciphertext, a power of two.</param>
/// <param name="Images">A power of two up to <paramref name="Slots"/>.</param>
/// <param name="Elements">Of one image.</param>
public sealed record SlotLayout(int Slots, int Images, int Elements)
{
    /// <summary>Elements of one image that fit a ciphertext.</summary>
    public int Positions => Slots / Images;

    /// <summary>After how many positions a block repeats itself.</summary>
    public int Period => (int)Math.Min((uint)Positions, BitOperations.RoundUpToPowerOf2((uint)Elements));

    /// <summary>Ciphertexts.</summary>
    public int Blocks => (Elements + Period - 1) / Period;

    /// <summary>Spreads numbers that repeat themselves over positions, the same for all images.</summary>
    /// <param name="shift">Position p gets number p + shift, modulo their count.</param>
    public void Spread(ReadOnlySpan<float> numbers, int shift, Span<double> slots)
    {
        for (int position = 0; position < Positions; position++)
            slots.Slice(position * Images, Images).Fill(numbers[(position + shift) & (numbers.Length - 1)]);
    }

    /// <summary>The slots of one block.</summary>
    /// <param name="images">Elements of up to <see cref="Images"/> images.</param>
    public void Pack(int block, IReadOnlyList<float[]> images, Span<double> slots)
    {
        slots.Clear();
        for (int image = 0; image < images.Count; image++)
            for (int position = 0; position < Positions; position++)
                if (block * Period + position % Period is int element && element < Elements)
                    slots[position * Images + image] = images[image][element];
    }

    /// <summary>The inverse of <see cref="Pack"/> for one block.</summary>
    public void Unpack(int block, ReadOnlySpan<double> slots, IReadOnlyList<float[]> images)
    {
        for (int image = 0; image < images.Count; image++)
            for (int position = 0; position < Period && block * Period + position < Elements; position++)
                images[image][block * Period + position] = (float)slots[position * Images + image];
    }
}
