using Blindsight.Arithmetic.Tensors;
namespace Blindsight.Arithmetic.Rings;
public static class RingConvolution
{
    public static void Convolve(ConvolutionGeometry geometry, ReadOnlySpan<uint> input, ReadOnlySpan<short> weights, Span<uint> output) => throw new NotSupportedException();
}
