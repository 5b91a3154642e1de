using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Arithmetic.Rings;

/// <summary>
/// A padded input split by stride: plane (c, a, b) holds rows a, a + sh, ... and columns b, b + sw, ... of channel c, so that a convolution
/// has stride one and each weight meets, for all outputs at once, one contiguous run of a plane. Outputs are numbered
/// y * Width + x; those with x from OutWidth on are garbage. Zeros follow the last plane for what a wide register reads.
/// </summary>
internal sealed class StridePlanes : IDisposable
{
    private const int SlackElements = 64;

    private readonly ConvolutionGeometry _geometry;
    private readonly int _phases, _height;

    public StridePlanes(ConvolutionGeometry g, ReadOnlySpan<uint> input)
    {
        _geometry = g;
        _phases = Math.Min(g.StrideHeight, Reach(g.KernelHeight, g.DilationHeight))
            * Math.Min(g.StrideWidth, Reach(g.KernelWidth, g.DilationWidth));
        _height = g.OutHeight + (Reach(g.KernelHeight, g.DilationHeight) - 1) / g.StrideHeight;
        Width = g.OutWidth + (Reach(g.KernelWidth, g.DilationWidth) - 1) / g.StrideWidth;
        Elements = new AlignedBuffer<uint>(checked(g.InChannels * ChannelElements + SlackElements));
        for (int channel = 0; channel < g.InChannels; channel++)
            for (int phase = 0; phase < _phases; phase++)
                Fill(input.Slice(channel * g.InHeight * g.InWidth, g.InHeight * g.InWidth), phase,
                    Elements.Span.Slice(channel * ChannelElements + phase * _height * Width, _height * Width));
    }

    public AlignedBuffer<uint> Elements { get; }

    /// <summary>Elements of a plane's row.</summary>
    public int Width { get; }

    /// <summary>Elements of all planes of a channel.</summary>
    public int ChannelElements => _phases * _height * Width;

    /// <summary>Outputs to compute, garbage between rows included.</summary>
    public int Positions => (_geometry.OutHeight - 1) * Width + _geometry.OutWidth;

    /// <summary>Where the run of each weight of a fan-in begins, from the first channel of its group.</summary>
    public int[] Offsets()
    {
        ConvolutionGeometry g = _geometry;
        int[] offsets = new int[g.FanIn];
        int at = 0;
        for (int channel = 0; channel < g.InChannels / g.Groups; channel++)
            for (int ky = 0; ky < g.KernelHeight; ky++)
                for (int kx = 0; kx < g.KernelWidth; kx++)
                {
                    int row = ky * g.DilationHeight, column = kx * g.DilationWidth;
                    int phase = row % g.StrideHeight * PhasesAcross + column % g.StrideWidth;
                    offsets[at++] = channel * ChannelElements
                        + (phase * _height + row / g.StrideHeight) * Width + column / g.StrideWidth;
                }
        return offsets;
    }

    public void Dispose() => Elements.Dispose();

    private int PhasesAcross => Math.Min(_geometry.StrideWidth, Reach(_geometry.KernelWidth, _geometry.DilationWidth));

    private static int Reach(int kernel, int dilation) => dilation * (kernel - 1) + 1;

    private void Fill(ReadOnlySpan<uint> image, int phase, Span<uint> plane)
    {
        ConvolutionGeometry g = _geometry;
        int firstRow = phase / PhasesAcross - g.PadTop, firstColumn = phase % PhasesAcross - g.PadLeft;
        int from = firstColumn >= 0 ? 0 : (-firstColumn + g.StrideWidth - 1) / g.StrideWidth;
        int until = g.InWidth <= firstColumn ? 0 : Math.Min(Width, (g.InWidth - firstColumn + g.StrideWidth - 1) / g.StrideWidth);
        for (int y = 0; y < _height; y++)
        {
            int row = firstRow + y * g.StrideHeight;
            if ((uint)row >= (uint)g.InHeight || from >= until) continue;
            ReadOnlySpan<uint> source = image.Slice(row * g.InWidth, g.InWidth);
            Span<uint> target = plane.Slice(y * Width, Width);
            if (g.StrideWidth == 1) source[(firstColumn + from)..(firstColumn + until)].CopyTo(target[from..until]);
            else for (int x = from; x < until; x++) target[x] = source[firstColumn + x * g.StrideWidth];
        }
    }
}
