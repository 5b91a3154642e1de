using Blindsight.Arithmetic.Matrices;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Rings;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Convolutions modulo 2^32 and products of float matrices.</summary>
internal static class MatrixKernels
{
    public static IEnumerable<Kernel> All =>
    [
        Convolution("3x3, 64 to 64 channels, 56x56", Square(64, 64, 56, 3)),
        Convolution("1x1, 256 to 64 channels, 28x28", Square(256, 64, 28, 1)),
        Convolution("1x1, 384 to 64 channels, 14x14", Square(384, 64, 14, 1)),
        Convolution("1x1, 960 to 160 channels, 7x7", Square(960, 160, 7, 1)),
        Convolution("3x3, 512 to 512 channels, 7x7", Square(512, 512, 7, 3)),
        Convolution("3x3, 64 to 64 channels, 8x8", Square(64, 64, 8, 3)),
        Convolution("depthwise 3x3, 96 channels, 56x56", Square(96, 96, 56, 3) with { Groups = 96 }),
        Convolution("dense, 1024 to 1000", ConvolutionGeometry.Dense(1024, 1000)),
        Product(256), Product(1024),
    ];

    private static ConvolutionGeometry Square(int inputs, int outputs, int size, int kernel) => new()
    {
        InChannels = inputs, InHeight = size, InWidth = size, OutChannels = outputs, KernelHeight = kernel, KernelWidth = kernel,
        PadTop = kernel / 2, PadLeft = kernel / 2, PadBottom = kernel / 2, PadRight = kernel / 2,
    };

    private static Kernel Convolution(string shape, ConvolutionGeometry geometry) =>
        Kernel.Rate($"ring convolution, {shape}", "GMAC/s", InstructionPaths.Ring, () =>
        {
            AlignedBuffer<uint> input = Benchmark.Uniform<uint>(geometry.InElements), output = new(geometry.OutElements);
            AlignedBuffer<short> weights = Benchmark.Uniform<short>(geometry.WeightElements);
            return new Work(1e-9 * geometry.Macs,
                () => RingConvolution.Convolve(geometry, input.Span, weights.Span, output.Span), input, weights, output);
        });

    private static Kernel Product(int size) =>
        Kernel.Rate($"float matrix product, {size} square", "GFLOP/s", InstructionPaths.Float, () =>
        {
            AlignedBuffer<float> a = Ones(size * size), b = Ones(size * size), c = new(size * size);
            return new Work(2e-9 * size * size * size, () => FloatMatrix.Multiply(size, size, size, a.Span, b.Span, c.Span), a, b, c);
        });

    private static AlignedBuffer<float> Ones(int length)
    {
        AlignedBuffer<float> buffer = new(length);
        buffer.Span.Fill(1);
        return buffer;
    }
}
