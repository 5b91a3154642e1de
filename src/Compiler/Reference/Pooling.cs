using System.Numerics;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Reference;

/// <summary>Windows over images in clear numbers; positions outside of the image do not count.</summary>
internal static class Pooling
{
    /// <summary>Largest element of each window.</summary>
    public static void Max<T>(PoolGeometry g, ReadOnlySpan<T> input, Span<T> output) where T : unmanaged, INumber<T>
    {
        for (int channel = 0, at = 0; channel < g.Channels; channel++)
            for (int y = 0; y < g.OutHeight; y++)
                for (int x = 0; x < g.OutWidth; x++, at++)
                {
                    bool any = false;
                    T largest = T.Zero;
                    for (int k = 0; k < g.KernelHeight * g.KernelWidth; k++)
                    {
                        int index = Index(g, channel, y, x, k);
                        if (index < 0 || any && input[index] <= largest) continue;
                        largest = input[index];
                        any = true;
                    }
                    output[at] = largest;
                }
    }

    /// <summary>sum += multiplier of the position * sum of its window.</summary>
    public static void AccumulateSums<T>(PoolGeometry g, ReadOnlySpan<T> multipliers, ReadOnlySpan<T> input, Span<T> sum)
        where T : unmanaged, INumber<T>
    {
        for (int channel = 0, at = 0; channel < g.Channels; channel++)
            for (int y = 0; y < g.OutHeight; y++)
                for (int x = 0; x < g.OutWidth; x++, at++)
                {
                    T window = T.Zero;
                    for (int k = 0; k < g.KernelHeight * g.KernelWidth; k++)
                    {
                        int index = Index(g, channel, y, x, k);
                        if (index >= 0) window += input[index];
                    }
                    sum[at] += window * multipliers[multipliers.Length == 1 ? 0 : y * g.OutWidth + x];
                }
    }

    /// <summary>The input's index of window element k, or -1 outside of the image.</summary>
    private static int Index(PoolGeometry g, int channel, int y, int x, int k)
    {
        int row = y * g.StrideHeight - g.PadTop + k / g.KernelWidth * g.DilationHeight;
        int column = x * g.StrideWidth - g.PadLeft + k % g.KernelWidth * g.DilationWidth;
        bool inside = (uint)row < (uint)g.InHeight && (uint)column < (uint)g.InWidth;
        return inside ? (channel * g.InHeight + row) * g.InWidth + column : -1;
    }
}
