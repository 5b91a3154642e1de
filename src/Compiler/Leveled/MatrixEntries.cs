using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Leveled;

/// <summary>Told of one weight of a matrix.</summary>
internal delegate void MatrixEntry(int row, int column, float weight);

/// <summary>Linear terms as matrices, entry by entry.</summary>
internal static class MatrixEntries
{
    public static void Of(FloatTerm term, int elements, MatrixEntry tell)
    {
        switch (term)
        {
            case ConvolutionFloatTerm convolution:
                Taps(convolution, (row, column, _, weight) => tell(row, column, weight));
                break;
            case SumPoolFloatTerm pool:
                Pool(pool.Geometry, pool.Multipliers, tell);
                break;
            default:
                for (int element = 0; element < elements; element++) tell(element, element, 1);
                break;
        }
    }

    /// <summary>A convolution's entries with the tap, of <see cref="ConvolutionGeometry.FanIn"/>, that each belongs to.</summary>
    public static void Taps(ConvolutionFloatTerm term, Action<int, int, int, float> tell)
    {
        ConvolutionGeometry g = term.Geometry;
        int channels = g.InChannels / g.Groups, window = g.KernelHeight * g.KernelWidth, perGroup = g.OutChannels / g.Groups, row = 0;
        for (int channel = 0; channel < g.OutChannels; channel++)
            for (int y = 0; y < g.OutHeight; y++)
                for (int x = 0; x < g.OutWidth; x++, row++)
                    for (int tap = 0; tap < g.FanIn; tap++)
                    {
                        int k = tap % window, from = channel / perGroup * channels + tap / window;
                        int inY = y * g.StrideHeight - g.PadTop + k / g.KernelWidth * g.DilationHeight;
                        int inX = x * g.StrideWidth - g.PadLeft + k % g.KernelWidth * g.DilationWidth;
                        if ((uint)inY < (uint)g.InHeight && (uint)inX < (uint)g.InWidth)
                            tell(row, (from * g.InHeight + inY) * g.InWidth + inX, tap, term.Weights[channel * g.FanIn + tap]);
                    }
    }

    /// <summary>For each tap of a window and then each output the element under it, -1 where it reaches outside.</summary>
    public static int[] Windows(PoolGeometry g)
    {
        int taps = g.KernelHeight * g.KernelWidth, elements = g.OutElements;
        int[] sources = new int[taps * elements];
        sources.AsSpan().Fill(-1);
        Walk(g, (row, column, tap) => sources[tap * elements + row] = column);
        return sources;
    }

    private static void Pool(PoolGeometry g, float[] multipliers, MatrixEntry tell) => Walk(g, (row, column, _) =>
        tell(row, column, multipliers[multipliers.Length == 1 ? 0 : row % (g.OutHeight * g.OutWidth)]));

    private static void Walk(PoolGeometry g, Action<int, int, int> tell)
    {
        int row = 0;
        for (int channel = 0; channel < g.Channels; channel++)
            for (int y = 0; y < g.OutHeight; y++)
                for (int x = 0; x < g.OutWidth; x++, row++)
                    for (int k = 0; k < g.KernelHeight * g.KernelWidth; k++)
                    {
                        int inY = y * g.StrideHeight - g.PadTop + k / g.KernelWidth * g.DilationHeight;
                        int inX = x * g.StrideWidth - g.PadLeft + k % g.KernelWidth * g.DilationWidth;
                        if ((uint)inY < (uint)g.InHeight && (uint)inX < (uint)g.InWidth)
                            tell(row, (channel * g.InHeight + inY) * g.InWidth + inX, k);
                    }
    }
}
