using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Training.Layers.Convolutions;

/// <summary>
/// A layout of images in which a convolution of stride 1 reads every element under one weight at one distance from the
/// output: each channel holds the images' rows one after the other, with so many zeros behind each row and so many rows
/// of zeros behind each image as the padding is wide, and a margin of zeros at both ends. Output element (y, x) of image i
/// stands at ((i * Rows) + y) * Pitch + x.
/// </summary>
internal sealed class SpacedPlanes
{
    /// <summary>What the products' tiles like: so many positions at least, and whole vectors.</summary>
    private const int PositionsMin = 48, PositionsStep = 16;

    private readonly int _height, _width, _outHeight, _outWidth;

    public SpacedPlanes(ConvolutionGeometry geometry)
    {
        (_height, _width, _outHeight, _outWidth) = (geometry.InHeight, geometry.InWidth, geometry.OutHeight, geometry.OutWidth);
        Pitch = geometry.InWidth + Math.Max(geometry.PadLeft, geometry.PadRight);
        Rows = geometry.InHeight + Math.Max(geometry.PadTop, geometry.PadBottom);
        Shifts =
        [
            .. from y in Enumerable.Range(0, geometry.KernelHeight)
               from x in Enumerable.Range(0, geometry.KernelWidth)
               select (y * geometry.DilationHeight - geometry.PadTop) * Pitch + x * geometry.DilationWidth - geometry.PadLeft,
        ];
        Margin = Shifts.Max(Math.Abs);
    }

    /// <summary>Elements from one row to the next.</summary>
    public int Pitch { get; }

    /// <summary>Rows from one image to the next.</summary>
    public int Rows { get; }

    /// <summary>The distance from an output to the input under each weight, kernel row by kernel row.</summary>
    public int[] Shifts { get; }

    /// <summary>Zeros before and behind a channel: the largest distance.</summary>
    public int Margin { get; }

    /// <summary>Whether no output or gradient stands where another row's zeros are read.</summary>
    public bool IsSound => _outWidth <= Pitch && _outHeight <= Rows;

    /// <summary>Positions of so many images, and perhaps some behind them.</summary>
    public int Positions(int images) =>
        Math.Max(PositionsMin, (images * Rows * Pitch + PositionsStep - 1) / PositionsStep * PositionsStep);

    /// <summary>Elements of one channel with its margins.</summary>
    public int Length(int images) => Positions(images) + 2 * Margin;

    /// <summary>Where each row of the patch matrix starts: channel by channel, weight by weight.</summary>
    /// <param name="sign">-1 for distances from the input to the outputs.</param>
    public void Offsets(int channels, int length, int sign, Span<int> offsets)
    {
        for (int channel = 0, at = 0; channel < channels; channel++)
            foreach (int shift in Shifts) offsets[at++] = channel * length + Margin + sign * shift;
    }

    /// <summary>Writes one image's planes into its place of every channel.</summary>
    /// <param name="isOutput">Whether the planes have the output's height and width, or the input's.</param>
    /// <param name="spaced">All channels; what is not written is zero already.</param>
    public void Spread(ReadOnlySpan<float> planes, bool isOutput, int image, int length, Span<float> spaced)
    {
        (int height, int width) = isOutput ? (_outHeight, _outWidth) : (_height, _width);
        int channels = planes.Length / (height * width);
        for (int channel = 0; channel < channels; channel++)
            for (int y = 0; y < height; y++)
                CopyRow(
                    planes.Slice((channel * height + y) * width, width),
                    spaced.Slice(channel * length + Margin + (image * Rows + y) * Pitch, width));
    }

    /// <summary>Reads one image's outputs, with its bias added, from a product without margins.</summary>
    public void Collect(ReadOnlySpan<float> product, int image, int positions, ReadOnlySpan<float> bias, Span<float> planes)
    {
        int channels = planes.Length / (_outHeight * _outWidth);
        for (int channel = 0; channel < channels; channel++)
        {
            float summand = bias.IsEmpty ? 0 : bias[channel];
            for (int y = 0; y < _outHeight; y++)
                AddedRow(
                    product.Slice(channel * positions + (image * Rows + y) * Pitch, _outWidth), summand,
                    planes.Slice((channel * _outHeight + y) * _outWidth, _outWidth));
        }
    }

    /// <summary>Adds one image's inputs from a product without margins.</summary>
    public void AddBack(ReadOnlySpan<float> product, int image, int positions, Span<float> planes)
    {
        int channels = planes.Length / (_height * _width);
        for (int channel = 0; channel < channels; channel++)
            for (int y = 0; y < _height; y++)
                SumRow(
                    product.Slice(channel * positions + (image * Rows + y) * Pitch, _width),
                    planes.Slice((channel * _height + y) * _width, _width));
    }

    // Rows are short, so that calls into the runtime's copy would cost more than the copy.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow(ReadOnlySpan<float> source, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> sources = MemoryMarshal.Cast<float, Vector<float>>(source);
        Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        for (int i = 0; i < sources.Length; i++) targets[i] = sources[i];
        for (int i = sources.Length * Vector<float>.Count; i < source.Length; i++) target[i] = source[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddedRow(ReadOnlySpan<float> source, float summand, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> sources = MemoryMarshal.Cast<float, Vector<float>>(source);
        Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        Vector<float> summands = new(summand);
        for (int i = 0; i < sources.Length; i++) targets[i] = sources[i] + summands;
        for (int i = sources.Length * Vector<float>.Count; i < source.Length; i++) target[i] = source[i] + summand;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumRow(ReadOnlySpan<float> source, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> sources = MemoryMarshal.Cast<float, Vector<float>>(source);
        Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        for (int i = 0; i < sources.Length; i++) targets[i] += sources[i];
        for (int i = sources.Length * Vector<float>.Count; i < source.Length; i++) target[i] += source[i];
    }
}
