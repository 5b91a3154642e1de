using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// Finds the tiling with the fewest bytes of request and responses together, among ties the fewest products: all tile heights
/// and widths that differ in the number of tiles, all numbers of planes in a polynomial that differ in the number of
/// polynomials; as many output channels a polynomial as fit.
/// </summary>
internal static class PackingChoice
{
    public static LinearPacking[] Best(RlweParameters parameters, ReadOnlySpan<ConvolutionGeometry> geometries)
    {
        ConvolutionGeometry[] layers = geometries.ToArray();
        InputTiling window = CommonWindow(layers);
        int height = layers.Max(g => g.OutHeight), width = layers.Max(g => g.OutWidth);
        (InputTiling Tiling, long Bytes, long Products) best = (window, long.MaxValue, long.MaxValue);
        foreach (int tileHeight in Parts(height))
            foreach (int tileWidth in Parts(width))
            {
                InputTiling tiles = window with
                {
                    TileHeight = tileHeight, TilesDown = Quotient(height, tileHeight),
                    TileWidth = tileWidth, TilesAcross = Quotient(width, tileWidth),
                };
                long block = (long)tiles.BlockHeight * tiles.BlockWidth;
                if (block > parameters.Size) continue;
                int most = (int)Math.Min(tiles.Planes, parameters.Size / block);
                foreach (int planes in Parts(tiles.Planes))
                {
                    if (planes > most) break;
                    InputTiling tiling = tiles with { PolynomialPlanes = planes };
                    (long bytes, long products) = Cost(parameters.Size, tiling, layers);
                    if (bytes < best.Bytes || (bytes == best.Bytes && products < best.Products)) best = (tiling, bytes, products);
                }
            }
        if (best.Bytes == long.MaxValue)
            throw new ParameterException(
                $"One output sees {window.WindowHeight} x {window.WindowWidth} elements of a plane: the limit is {parameters.Size}.");
        return [.. layers.Select(g => new LinearPacking(parameters.Size, g, best.Tiling, Outputs(parameters.Size, best.Tiling, g)))];
    }

    /// <summary>The input, the union of the phases and the window that covers all kernels; no tiles yet.</summary>
    private static InputTiling CommonWindow(ConvolutionGeometry[] layers)
    {
        if (layers.Length == 0) throw new ArgumentException("At least one layer is needed.", nameof(layers));
        ConvolutionGeometry first = layers[0];
        int padTop = layers.Max(g => g.PadTop), padLeft = layers.Max(g => g.PadLeft), rows = 0, columns = 0;
        SortedSet<int> phases = [];
        foreach (ConvolutionGeometry g in layers)
        {
            if (g.InChannels != first.InChannels || g.InHeight != first.InHeight || g.InWidth != first.InWidth
                || g.StrideHeight != first.StrideHeight || g.StrideWidth != first.StrideWidth)
                throw new ArgumentException("Layers that share a request have equal inputs and strides.", nameof(layers));
            for (int ky = 0; ky < g.KernelHeight; ky++)
                for (int kx = 0; kx < g.KernelWidth; kx++)
                {
                    int row = padTop - g.PadTop + ky * g.DilationHeight, column = padLeft - g.PadLeft + kx * g.DilationWidth;
                    phases.Add(row % g.StrideHeight * g.StrideWidth + column % g.StrideWidth);
                    rows = Math.Max(rows, row / g.StrideHeight + 1);
                    columns = Math.Max(columns, column / g.StrideWidth + 1);
                }
        }
        return new InputTiling
        {
            InChannels = first.InChannels, InHeight = first.InHeight, InWidth = first.InWidth,
            StrideHeight = first.StrideHeight, StrideWidth = first.StrideWidth, PadTop = padTop, PadLeft = padLeft,
            WindowHeight = rows, WindowWidth = columns, Phases = [.. phases],
            TileHeight = 1, TileWidth = 1, TilesDown = 1, TilesAcross = 1, PolynomialPlanes = 1,
        };
    }

    private static int Outputs(int size, InputTiling tiling, ConvolutionGeometry g) =>
        Math.Min(g.OutChannels, size / (tiling.BlockElements * tiling.PolynomialPlanes));

    private static (long Bytes, long Products) Cost(int size, InputTiling tiling, ConvolutionGeometry[] layers)
    {
        long bytes = (long)tiling.Polynomials * WireFormat.RequestPolynomialBytes(size), products = 0;
        foreach (ConvolutionGeometry g in layers)
        {
            int groups = Quotient(g.OutChannels, Outputs(size, tiling, g));
            long used = (g.OutElements + (long)tiling.Tiles * groups - 1) / ((long)tiling.Tiles * groups);
            bytes += (long)tiling.Tiles * groups * WireFormat.ResponsePolynomialBytes(size, (int)Math.Max(used, 1));
            products += (long)tiling.Tiles * groups * tiling.PlaneGroups;
        }
        return (bytes, products);
    }

    /// <summary>The smallest part sizes for each number of parts into which a length can be cut.</summary>
    private static IEnumerable<int> Parts(int length)
    {
        int last = 0;
        for (int count = length; count >= 1; count--)
        {
            int part = Quotient(length, count);
            if (part != last) yield return last = part;
        }
    }

    private static int Quotient(int x, int y) => (x + y - 1) / y;
}
