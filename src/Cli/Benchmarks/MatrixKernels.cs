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
        ShiftedMultiply(16, 32, images: 4), ShiftedMultiply(64, 8, images: 16), ShiftedSums(16, 32, images: 4), ShiftedSums(64, 8, images: 16),
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

    private static Kernel ShiftedMultiply(int channels, int size, int images) =>
        Kernel.Rate($"shifted product, 3x3, {channels} channels, {images} of {size}x{size}", "GFLOP/s", InstructionPaths.Float, () =>
        {
            int columns = images * (size + 1) * (size + 1), k = 9 * channels;
            int[] offsets = Offsets(channels, size, columns);
            AlignedBuffer<float> a = Ones(channels * k), x = Ones(offsets[^1] + columns), c = new(channels * columns);
            return new Work(2e-9 * channels * k * columns, () => ShiftedProduct.Multiply(channels, columns, a.Span, offsets, x.Span, c.Span), a, x, c);
        });

    private static Kernel ShiftedSums(int channels, int size, int images) =>
        Kernel.Rate($"shifted sums, 3x3, {channels} channels, {images} of {size}x{size}", "GFLOP/s", InstructionPaths.Float, () =>
        {
            int columns = images * (size + 1) * (size + 1), k = 9 * channels;
            int[] offsets = Offsets(channels, size, columns);
            AlignedBuffer<float> y = Ones(channels * columns), x = Ones(offsets[^1] + columns), c = new(channels * k);
            return new Work(2e-9 * channels * k * columns,
                () => ShiftedProduct.AddSums(channels, columns, y.Span, columns, offsets, x.Span, c.Span), y, x, c);
        });

    /// <summary>The rows of a 3 x 3 convolution's patch matrix on images with one zero behind each row and one row behind each image.</summary>
    private static int[] Offsets(int channels, int size, int columns) =>
    [
        .. from channel in Enumerable.Range(0, channels)
           from y in Enumerable.Range(0, 3)
           from x in Enumerable.Range(0, 3)
           select channel * (columns + 2 * (size + 2)) + y * (size + 1) + x,
    ];

    private static AlignedBuffer<float> Ones(int length)
    {
        AlignedBuffer<float> buffer = new(length);
        buffer.Span.Fill(1);
        return buffer;
    }
}
