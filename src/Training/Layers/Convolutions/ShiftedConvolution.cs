using System.Buffers;
using Blindsight.Arithmetic.Matrices;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers.Convolutions;

/// <summary>
/// Convolutions with stride 1 on spaced planes: output, input gradient and weight gradient are products with shifted
/// windows of one array, so no patch matrix is written. As many images at once as stay in the L2 cache.
/// </summary>
internal sealed class ShiftedConvolution : ConvolutionRule
{
    private const int ElementsAtOnce = 170_000;

    private readonly SpacedPlanes _planes;
    private readonly int _imagesAtOnce;

    public ShiftedConvolution(ConvolutionGeometry geometry) : base(geometry)
    {
        _planes = new SpacedPlanes(geometry);
        _imagesAtOnce = Math.Max(1, ElementsAtOnce / ((GroupInputs + GroupOutputs) * _planes.Rows * _planes.Pitch));
    }

    /// <summary>Whether the rule computes convolutions of this geometry.</summary>
    public static bool Fits(ConvolutionGeometry geometry) =>
        geometry is { StrideHeight: 1, StrideWidth: 1 } && new SpacedPlanes(geometry).IsSound;

    /// <inheritdoc/>
    public override void Forward(BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, BatchTensor output)
    {
        int chunk = Chunk(slice), length = _planes.Length(chunk), positions = _planes.Positions(chunk);
        float[] spaced = RentZero(GroupInputs * length), product = ArrayPool<float>.Shared.Rent(GroupOutputs * positions);
        int[] offsets = Offsets(GroupInputs, length, sign: 1);
        for (int group = 0; group < Geometry.Groups; group++)
            for (int first = slice.First; first < slice.First + slice.Images; first += chunk)
            {
                int images = Math.Min(chunk, slice.First + slice.Images - first);
                for (int image = 0; image < images; image++)
                    _planes.Spread(GroupOf(group, input.ValuesOf(first + image)), false, image, length, spaced);
                int columns = _planes.Positions(images);
                ShiftedProduct.Multiply(
                    GroupOutputs, columns, WeightsOf(group, weights), offsets.AsSpan(0, Geometry.FanIn), spaced.AsSpan(0, GroupInputs * length), product);
                for (int image = 0; image < images; image++)
                    _planes.Collect(
                        product, image, columns, bias.IsEmpty ? bias : bias.Slice(group * GroupOutputs, GroupOutputs),
                        GroupOf(group, output.ValuesOf(first + image)));
            }
        Return(spaced, product);
        ArrayPool<int>.Shared.Return(offsets);
    }

    /// <inheritdoc/>
    public override void Backward(
        BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, BatchTensor output, Span<float> weightGradients)
    {
        int chunk = Chunk(slice), length = _planes.Length(chunk);
        float[] spaced = RentZero(GroupInputs * length), gradient = RentZero(GroupOutputs * length);
        float[] turned = ArrayPool<float>.Shared.Rent(GroupOutputs * Geometry.FanIn);
        float[] product = ArrayPool<float>.Shared.Rent(GroupInputs * _planes.Positions(chunk));
        int[] offsets = Offsets(GroupInputs, length, sign: 1), backOffsets = Offsets(GroupOutputs, length, sign: -1);
        for (int group = 0; group < Geometry.Groups; group++)
        {
            if (input.NeedsGradients) Turn(WeightsOf(group, weights), turned);
            for (int first = slice.First; first < slice.First + slice.Images; first += chunk)
            {
                int images = Math.Min(chunk, slice.First + slice.Images - first), columns = _planes.Positions(images);
                if (images < chunk) gradient.AsSpan(0, GroupOutputs * length).Clear();
                for (int image = 0; image < images; image++)
                {
                    _planes.Spread(GroupOf(group, input.ValuesOf(first + image)), false, image, length, spaced);
                    _planes.Spread(GroupOf(group, output.GradientsOf(first + image)), true, image, length, gradient);
                }
                ShiftedProduct.AddSums(
                    GroupOutputs, columns, gradient.AsSpan(_planes.Margin, GroupOutputs * length - _planes.Margin), length,
                    offsets.AsSpan(0, Geometry.FanIn), spaced.AsSpan(0, GroupInputs * length), WeightsOf(group, weightGradients));
                if (!input.NeedsGradients) continue;
                ShiftedProduct.Multiply(
                    GroupInputs, columns, turned, backOffsets.AsSpan(0, GroupOutputs * _planes.Shifts.Length),
                    gradient.AsSpan(0, GroupOutputs * length), product);
                for (int image = 0; image < images; image++)
                    _planes.AddBack(product, image, columns, GroupOf(group, input.GradientsOf(first + image)));
            }
        }
        Return(spaced, gradient, turned, product);
        ArrayPool<int>.Shared.Return(offsets);
        ArrayPool<int>.Shared.Return(backOffsets);
    }

    /// <summary>Images at once such that a slice's chunks are nearly equal.</summary>
    private int Chunk(BatchSlice slice)
    {
        int chunks = (slice.Images + _imagesAtOnce - 1) / _imagesAtOnce;
        return (slice.Images + chunks - 1) / chunks;
    }

    /// <summary>turned[input, (output, weight)] = weights[output, (input, weight)].</summary>
    private void Turn(ReadOnlySpan<float> weights, Span<float> turned)
    {
        int kernel = _planes.Shifts.Length;
        for (int output = 0; output < GroupOutputs; output++)
            for (int input = 0; input < GroupInputs; input++)
                weights.Slice((output * GroupInputs + input) * kernel, kernel)
                    .CopyTo(turned.Slice((input * GroupOutputs + output) * kernel, kernel));
    }

    private int[] Offsets(int channels, int length, int sign)
    {
        int[] offsets = ArrayPool<int>.Shared.Rent(channels * _planes.Shifts.Length);
        _planes.Offsets(channels, length, sign, offsets);
        return offsets;
    }

    private static float[] RentZero(int length)
    {
        float[] buffer = ArrayPool<float>.Shared.Rent(length);
        buffer.AsSpan(0, length).Clear();
        return buffer;
    }

    private static void Return(params ReadOnlySpan<float[]> buffers)
    {
        foreach (float[] buffer in buffers) ArrayPool<float>.Shared.Return(buffer);
    }
}
