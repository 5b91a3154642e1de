using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Training.Layers.Convolutions;

/// <summary>
/// A layout of images in which a convolution reads all elements under one weight at one distance from the output. A
/// channel is cut into phases, the elements of one remainder by the strides; a phase holds the images' rows one after the
/// other, with zeros behind each row, rows of zeros behind each image, and zeros at both ends, as many as are reached over.
/// Element (y, x) of image i stands at (i * Rows + y) * Pitch + x, of outputs and phases alike. Phases that no weight reads
/// are left out.
/// </summary>
internal sealed class SpacedPlanes
{
    /// <summary>What the products' tiles like: so many positions at least, and whole vectors.</summary>
    private const int PositionsMin = 48, PositionsStep = 16;

    private readonly ConvolutionGeometry _geometry;
    private readonly Axis _down, _across;
    private readonly (int Row, int Column)[] _phases;

    public SpacedPlanes(ConvolutionGeometry geometry)
    {
        _geometry = geometry;
        _down = new Axis(
            geometry.InHeight, geometry.OutHeight, geometry.KernelHeight, geometry.StrideHeight, geometry.DilationHeight, geometry.PadTop);
        _across = new Axis(
            geometry.InWidth, geometry.OutWidth, geometry.KernelWidth, geometry.StrideWidth, geometry.DilationWidth, geometry.PadLeft);
        (Rows, Pitch) = (_down.Pitch, _across.Pitch);
        (int Y, int X)[] weights =
        [
            .. from y in Enumerable.Range(0, geometry.KernelHeight) from x in Enumerable.Range(0, geometry.KernelWidth) select (y, x),
        ];
        Shifts = [.. weights.Select(weight => _down.Shift(weight.Y) * Pitch + _across.Shift(weight.X))];
        (int, int)[] phases = [.. weights.Select(weight => (_down.Phase(weight.Y), _across.Phase(weight.X)))];
        _phases = [.. phases.Distinct()];
        PhaseOf = [.. phases.Select(phase => Array.IndexOf(_phases, phase))];
        Margin = Shifts.Max(Math.Abs);
    }

    /// <summary>Elements from one row to the next.</summary>
    public int Pitch { get; }

    /// <summary>Rows from one image to the next.</summary>
    public int Rows { get; }

    /// <summary>The distance from an output to the input under each weight, kernel row by kernel row.</summary>
    public int[] Shifts { get; }

    /// <summary>The phase that each weight reads.</summary>
    public int[] PhaseOf { get; }

    /// <summary>Phases of a channel: the product of the strides at most.</summary>
    public int Phases => _phases.Length;

    /// <summary>Zeros before and behind a phase: the largest distance.</summary>
    public int Margin { get; }

    /// <summary>Positions of so many images, and perhaps some behind them.</summary>
    public int Positions(int images) =>
        Math.Max(PositionsMin, (images * Rows * Pitch + PositionsStep - 1) / PositionsStep * PositionsStep);

    /// <summary>Elements of one phase with its margins.</summary>
    public int Length(int images) => Positions(images) + 2 * Margin;

    /// <summary>Writes one image's inputs into its place of every phase.</summary>
    /// <param name="spaced">All phases, channel by channel; what is not written is zero already.</param>
    public void SpreadInput(ReadOnlySpan<float> planes, int image, int length, Span<float> spaced)
    {
        int plane = _geometry.InHeight * _geometry.InWidth;
        for (int channel = 0; channel < planes.Length / plane; channel++)
            for (int phase = 0; phase < Phases; phase++)
            {
                (int row, int column) = _phases[phase];
                int width = _across.PhaseSize(column), at = (channel * Phases + phase) * length + Margin + image * Rows * Pitch;
                for (int y = row; y < _geometry.InHeight; y += _geometry.StrideHeight, at += Pitch)
                    CopyRow(
                        planes.Slice(channel * plane + y * _geometry.InWidth, _geometry.InWidth)[Math.Min(column, _geometry.InWidth)..],
                        _geometry.StrideWidth, spaced.Slice(at, width));
            }
    }

    /// <summary>Writes one image's outputs, or their gradients, into its place of every channel.</summary>
    public void SpreadOutput(ReadOnlySpan<float> planes, int image, int length, Span<float> spaced)
    {
        int width = _geometry.OutWidth, rows = planes.Length / width;
        for (int row = 0; row < rows; row++)
            CopyRow(
                planes.Slice(row * width, width), 1,
                spaced.Slice(
                    row / _geometry.OutHeight * length + Margin + (image * Rows + row % _geometry.OutHeight) * Pitch, width));
    }

    /// <summary>Reads one image's outputs, with its bias added, from a product without margins.</summary>
    public void Collect(ReadOnlySpan<float> product, int image, int positions, ReadOnlySpan<float> bias, Span<float> planes)
    {
        int width = _geometry.OutWidth, height = _geometry.OutHeight;
        for (int channel = 0; channel < planes.Length / (height * width); channel++)
        {
            float summand = bias.IsEmpty ? 0 : bias[channel];
            for (int y = 0; y < height; y++)
                AddedRow(
                    product.Slice(channel * positions + (image * Rows + y) * Pitch, width), summand,
                    planes.Slice((channel * height + y) * width, width));
        }
    }

    /// <summary>Adds one image's inputs of one phase from a product without margins.</summary>
    public void AddBack(ReadOnlySpan<float> product, int phase, int image, int positions, Span<float> planes)
    {
        (int row, int column) = _phases[phase];
        int plane = _geometry.InHeight * _geometry.InWidth, width = _across.PhaseSize(column);
        for (int channel = 0; channel < planes.Length / plane; channel++)
        {
            int at = channel * positions + image * Rows * Pitch;
            for (int y = row; y < _geometry.InHeight; y += _geometry.StrideHeight, at += Pitch)
                SumRow(
                    product.Slice(at, width), _geometry.StrideWidth,
                    planes.Slice(channel * plane + y * _geometry.InWidth, _geometry.InWidth)[Math.Min(column, _geometry.InWidth)..]);
        }
    }

    // Rows are short, so that calls into the runtime's copy would cost more than the copy.

    /// <summary>target[i] = source[i * step].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow(ReadOnlySpan<float> source, int step, Span<float> target)
    {
        int i = 0;
        if (step == 1)
        {
            ReadOnlySpan<Vector<float>> sources = MemoryMarshal.Cast<float, Vector<float>>(source);
            Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target);
            for (int j = 0; j < targets.Length; j++) targets[j] = sources[j];
            i = targets.Length * Vector<float>.Count;
        }
        for (; i < target.Length; i++) target[i] = source[i * step];
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

    /// <summary>target[i * step] += source[i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumRow(ReadOnlySpan<float> source, int step, Span<float> target)
    {
        int i = 0;
        if (step == 1)
        {
            ReadOnlySpan<Vector<float>> sources = MemoryMarshal.Cast<float, Vector<float>>(source);
            Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target);
            for (int j = 0; j < sources.Length; j++) targets[j] += sources[j];
            i = sources.Length * Vector<float>.Count;
        }
        for (; i < source.Length; i++) target[i * step] += source[i];
    }

    /// <summary>Rows or columns: under weight k, output i reads element i * Stride + k * Dilation - Pad, which is i + Shift(k) of Phase(k).</summary>
    private readonly record struct Axis(int Size, int Outputs, int Kernel, int Stride, int Dilation, int Pad)
    {
        /// <summary>
        /// Long enough that what a row or image reads beyond its ends are zeros behind it or behind the one before: the
        /// largest phase and the farthest reach back, or the outputs and the farthest reach on.
        /// </summary>
        public int Pitch => Math.Max(PhaseSize(0) + Math.Max(0, -Shift(0)), Outputs + Math.Max(0, Shift(Kernel - 1)));

        public int Shift(int weight) => (Distance(weight) - Phase(weight)) / Stride;

        public int Phase(int weight) => (Distance(weight) % Stride + Stride) % Stride;

        /// <summary>Elements of a phase.</summary>
        public int PhaseSize(int phase) => Math.Max(0, (Size - phase + Stride - 1) / Stride);

        private int Distance(int weight) => weight * Dilation - Pad;
    }
}
