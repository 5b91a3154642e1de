using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// One image axis (rows or columns) of the convolutions that share a request, with the stride s taken out: input
/// position start + s*i of a plane is its element i, and output y reads element y + offset for each tap.
/// There is a plane for each residue modulo s that some tap reads, and, where a kernel is cut, for each piece of it.
/// </summary>
internal sealed class PackingAxis
{
    private readonly int _inputs, _stride;
    private readonly List<int> _starts = [];

    /// <param name="tapsPerPlane">Width of a piece of the kernel in elements of a plane; int.MaxValue leaves it whole.</param>
    public PackingAxis(int inputs, int stride, ReadOnlySpan<AxisWindow> windows, int tapsPerPlane)
    {
        (_inputs, _stride) = (inputs, stride);
        Outputs = windows[0].Outputs;
        foreach (AxisWindow window in windows) Outputs = Math.Max(Outputs, window.Outputs);
        int first = int.MaxValue;
        foreach (AxisWindow window in windows) first = Math.Min(first, FloorDivide(-window.Pad, stride));
        ImmutableArray<ImmutableArray<AxisTap>>.Builder consumers =
            ImmutableArray.CreateBuilder<ImmutableArray<AxisTap>>(windows.Length);
        (OffsetMin, OffsetMax) = (int.MaxValue, int.MinValue);
        foreach (AxisWindow window in windows)
        {
            ImmutableArray<AxisTap>.Builder taps = ImmutableArray.CreateBuilder<AxisTap>();
            for (int kernel = 0; kernel < window.Kernel; kernel++)
            {
                int at = kernel * window.Dilation - window.Pad, element = FloorDivide(at, stride), phase = at - element * stride;
                int cut = tapsPerPlane == int.MaxValue ? 0 : first + (element - first) / tapsPerPlane * tapsPerPlane;
                if (at > inputs - 1 || at + (window.Outputs - 1) * stride < 0) continue;
                int start = phase + stride * cut, plane = _starts.IndexOf(start);
                if (plane < 0) { plane = _starts.Count; _starts.Add(start); }
                taps.Add(new AxisTap(kernel, plane, element - cut));
                OffsetMin = Math.Min(OffsetMin, element - cut);
                OffsetMax = Math.Max(OffsetMax, element - cut);
            }
            consumers.Add(taps.ToImmutable());
        }
        Taps = consumers.MoveToImmutable();
        if (_starts.Count == 0) (OffsetMin, OffsetMax) = (0, 0);
    }

    /// <summary>The most outputs that a consumer has.</summary>
    public int Outputs { get; }

    public int Planes => _starts.Count;
    public int OffsetMin { get; }
    public int OffsetMax { get; }

    /// <summary>By consumer, the taps that meet the input at some output.</summary>
    public ImmutableArray<ImmutableArray<AxisTap>> Taps { get; }

    /// <summary>The input position of an element of a plane.</summary>
    public int Position(int plane, int element) => _starts[plane] + _stride * element;

    /// <summary>The elements of a plane, as [From, To), that outputs origin to origin + outputs - 1 read and the input holds.</summary>
    public (int From, int To) Elements(int plane, int origin, int outputs)
    {
        int from = Math.Max(origin + OffsetMin, -FloorDivide(_starts[plane], _stride));
        int to = Math.Min(origin + outputs - 1 + OffsetMax, FloorDivide(_inputs - 1 - _starts[plane], _stride)) + 1;
        return (from, Math.Max(from, to));
    }

    /// <summary>The extent of tiles of <paramref name="tile"/> outputs.</summary>
    public AxisTiling Tile(int tile)
    {
        int elementMin = int.MaxValue, elementMax = int.MinValue;
        for (int origin = 0; origin < Outputs; origin += tile)
            for (int plane = 0; plane < Planes; plane++)
            {
                (int from, int to) = Elements(plane, origin, Math.Min(tile, Outputs - origin));
                if (from == to) continue;
                elementMin = Math.Min(elementMin, from - origin);
                elementMax = Math.Max(elementMax, to - 1 - origin);
            }
        if (elementMin > elementMax) (elementMin, elementMax) = (OffsetMin, OffsetMin);
        elementMin = Math.Min(elementMin, OffsetMax);
        return new AxisTiling(tile, (Outputs + tile - 1) / tile, elementMin,
            elementMax - OffsetMin, tile - 1 + OffsetMax - elementMin);
    }

    private static int FloorDivide(int value, int divisor) => (int)Math.Floor((double)value / divisor);
}

/// <summary>A convolution along one axis.</summary>
internal readonly record struct AxisWindow(int Kernel, int Dilation, int Pad, int Outputs)
{
    public static AxisWindow Rows(ConvolutionGeometry g) => new(g.KernelHeight, g.DilationHeight, g.PadTop, g.OutHeight);
    public static AxisWindow Columns(ConvolutionGeometry g) => new(g.KernelWidth, g.DilationWidth, g.PadLeft, g.OutWidth);
}

/// <summary>Kernel position, the plane it reads, and the element relative to the output.</summary>
internal readonly record struct AxisTap(int Kernel, int Plane, int Offset);

/// <summary>Tiles along an axis, with positions relative to a tile's first output.</summary>
/// <param name="ElementMin">The first element that any tile holds.</param>
/// <param name="Ahead">The largest element - output - offset of any element, output of the tile, and offset.</param>
/// <param name="Behind">The largest output + offset - element.</param>
internal readonly record struct AxisTiling(int Outputs, int Tiles, int ElementMin, int Ahead, int Behind);
