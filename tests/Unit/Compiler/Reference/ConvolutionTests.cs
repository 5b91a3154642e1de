using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Reference;

namespace Blindsight.Unit.Compiler.Reference;

public class ConvolutionTests
{
    public static TheoryData<ConvolutionGeometry> Geometries => new()
    {
        ConvolutionGeometry.Dense(37, 5),
        new() { InChannels = 3, InHeight = 9, InWidth = 7, OutChannels = 4, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 },
        new() { InChannels = 3, InHeight = 9, InWidth = 7, OutChannels = 4 },
        new() { InChannels = 4, InHeight = 11, InWidth = 13, OutChannels = 6, Groups = 2,
            KernelHeight = 2, KernelWidth = 3, StrideHeight = 2, StrideWidth = 3, DilationHeight = 2, PadTop = 2, PadRight = 1 },
        new() { InChannels = 5, InHeight = 3, InWidth = 3, OutChannels = 5, Groups = 5, KernelHeight = 3, KernelWidth = 3, PadBottom = 2 },
        new() { InChannels = 2, InHeight = 1, InWidth = 40, OutChannels = 3, KernelWidth = 5, DilationWidth = 2, PadLeft = 4 },
    };

    [Theory]
    [MemberData(nameof(Geometries))]
    public void Accumulate_is_the_sum_over_the_window_modulo_2_to_the_32(ConvolutionGeometry g)
    {
        Random random = new(7);
        int[] input = [.. Enumerable.Range(0, g.InElements).Select(_ => random.Next(int.MinValue, int.MaxValue))];
        int[] weights = [.. Enumerable.Range(0, g.WeightElements).Select(_ => random.Next(-4096, 4096))];
        int[] sum = [.. Enumerable.Range(0, g.OutElements)];
        Convolution.Accumulate<int>(g, input, weights, sum);
        for (int i = 0; i < sum.Length; i++) Assert.Equal(unchecked(i + (int)Naive(g, input, weights, i)), sum[i]);
    }

    private static long Naive(ConvolutionGeometry g, int[] input, int[] weights, int output)
    {
        int x = output % g.OutWidth, y = output / g.OutWidth % g.OutHeight, channel = output / g.OutWidth / g.OutHeight;
        int inChannels = g.InChannels / g.Groups, firstIn = channel / (g.OutChannels / g.Groups) * inChannels;
        long sum = 0;
        for (int c = 0; c < inChannels; c++)
            for (int ky = 0; ky < g.KernelHeight; ky++)
                for (int kx = 0; kx < g.KernelWidth; kx++)
                {
                    int row = y * g.StrideHeight + ky * g.DilationHeight - g.PadTop;
                    int column = x * g.StrideWidth + kx * g.DilationWidth - g.PadLeft;
                    if (row < 0 || row >= g.InHeight || column < 0 || column >= g.InWidth) continue;
                    int weight = weights[((channel * inChannels + c) * g.KernelHeight + ky) * g.KernelWidth + kx];
                    sum += (long)weight * input[((firstIn + c) * g.InHeight + row) * g.InWidth + column];
                }
        return sum;
    }
}
