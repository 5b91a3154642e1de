using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Arithmetic.Rings;

/// <summary>Convolution of ring elements by small signed weights, modulo 2^32.</summary>
public static class RingConvolution
{
    /// <summary>output = weights * input modulo 2^32, replacing what output held.</summary>
    public static void Convolve(
        ConvolutionGeometry g, ReadOnlySpan<uint> input, ReadOnlySpan<short> weights, Span<uint> output)
    {
        int groupIn = g.InChannels / g.Groups, groupOut = g.OutChannels / g.Groups;
        int at = 0;
        for (int m = 0; m < g.OutChannels; m++)
            for (int y = 0; y < g.OutHeight; y++)
                for (int x = 0; x < g.OutWidth; x++)
                {
                    uint sum = 0;
                    for (int c = 0; c < groupIn; c++)
                        for (int i = 0; i < g.KernelHeight; i++)
                        {
                            int row = y * g.StrideHeight - g.PadTop + i * g.DilationHeight;
                            if ((uint)row >= (uint)g.InHeight) continue;
                            for (int j = 0; j < g.KernelWidth; j++)
                            {
                                int column = x * g.StrideWidth - g.PadLeft + j * g.DilationWidth;
                                if ((uint)column >= (uint)g.InWidth) continue;
                                sum += (uint)weights[((m * groupIn + c) * g.KernelHeight + i) * g.KernelWidth + j]
                                    * input[((m / groupOut * groupIn + c) * g.InHeight + row) * g.InWidth + column];
                            }
                        }
                    output[at++] = sum;
                }
    }
}
