using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Unit.HomomorphicEncryption.Linear;

/// <summary>Layers for tests, and the convolution by its definition.</summary>
internal static class Geometries
{
    public static ConvolutionGeometry[] Chosen =>
    [
        ConvolutionGeometry.Dense(1, 1),
        ConvolutionGeometry.Dense(784, 10),
        ConvolutionGeometry.Dense(100, 700),
        ConvolutionGeometry.Dense(5000, 3),
        Square(3, 32, 16, 3, 1, 1),
        Square(16, 16, 20, 3, 2, 1),
        Square(8, 8, 8, 1, 2, 0),
        Square(1, 28, 5, 5, 2, 1),
        Square(2, 60, 2, 7, 1, 3),
        Square(12, 9, 12, 3, 1, 1) with { Groups = 12 },
        Square(12, 9, 24, 3, 2, 1) with { Groups = 4 },
        Square(4, 15, 4, 3, 1, 2) with { DilationHeight = 2, DilationWidth = 3, PadRight = 0 },
        Square(3, 11, 5, 3, 3, 0) with { InWidth = 40, StrideWidth = 1, PadBottom = 2, DilationWidth = 2 },
    ];

    public static ConvolutionGeometry Square(int inputs, int size, int outputs, int kernel, int stride, int pad) => new()
    {
        InChannels = inputs, InHeight = size, InWidth = size, OutChannels = outputs, KernelHeight = kernel, KernelWidth = kernel,
        StrideHeight = stride, StrideWidth = stride, PadTop = pad, PadLeft = pad, PadBottom = pad, PadRight = pad,
    };

    public static ConvolutionGeometry Random(Prg prg)
    {
        int Below(int limit) => (int)(prg.NextUInt64() % (ulong)limit);
        while (true)
        {
            int groups = Below(3) == 0 ? 1 + Below(4) : 1;
            ConvolutionGeometry g = new()
            {
                InChannels = groups * (1 + Below(6)), OutChannels = groups * (1 + Below(6)), Groups = groups,
                InHeight = 1 + Below(24), InWidth = 1 + Below(24), KernelHeight = 1 + Below(5), KernelWidth = 1 + Below(5),
                StrideHeight = 1 + Below(3), StrideWidth = 1 + Below(3),
                DilationHeight = 1 + Below(2), DilationWidth = 1 + Below(2),
                PadTop = Below(3), PadLeft = Below(3), PadBottom = Below(3), PadRight = Below(3),
            };
            bool fits = g.InHeight + g.PadTop + g.PadBottom >= g.DilationHeight * (g.KernelHeight - 1) + 1
                && g.InWidth + g.PadLeft + g.PadRight >= g.DilationWidth * (g.KernelWidth - 1) + 1;
            if (fits) return g;
        }
    }

    public static short[] Weights(ConvolutionGeometry g, Prg prg, int most)
    {
        short[] weights = new short[g.WeightElements];
        foreach (ref short weight in weights.AsSpan()) weight = (short)((int)(prg.NextUInt64() % (ulong)(2 * most + 1)) - most);
        return weights;
    }

    public static uint[] Uniform(int count, Prg prg)
    {
        uint[] values = new uint[count];
        prg.Fill<uint>(values);
        return values;
    }

    public static uint[] Convolve(ConvolutionGeometry g, uint[] input, short[] weights)
    {
        uint[] output = new uint[g.OutElements];
        int inputs = g.InChannels / g.Groups, outputs = g.OutChannels / g.Groups, at = 0;
        for (int m = 0; m < g.OutChannels; m++)
            for (int y = 0; y < g.OutHeight; y++)
                for (int x = 0; x < g.OutWidth; x++, at++)
                    for (int c = 0; c < inputs; c++)
                        for (int ky = 0; ky < g.KernelHeight; ky++)
                            for (int kx = 0; kx < g.KernelWidth; kx++)
                            {
                                int row = y * g.StrideHeight + ky * g.DilationHeight - g.PadTop;
                                int column = x * g.StrideWidth + kx * g.DilationWidth - g.PadLeft;
                                if (row < 0 || row >= g.InHeight || column < 0 || column >= g.InWidth) continue;
                                int channel = m / outputs * inputs + c;
                                output[at] += (uint)weights[((m * inputs + c) * g.KernelHeight + ky) * g.KernelWidth + kx]
                                    * input[(channel * g.InHeight + row) * g.InWidth + column];
                            }
        return output;
    }
}
