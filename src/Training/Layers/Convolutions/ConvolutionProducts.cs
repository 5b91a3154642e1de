using System.Buffers;
using Blindsight.Arithmetic.Matrices;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers.Convolutions;

/// <summary>
/// A convolution on spaced planes: output, input gradient and weight gradient are products with shifted windows of one
/// array, so no patch matrix is written. As many images at once as stay in the L2 cache.
/// </summary>
internal sealed class ConvolutionProducts
{
    private const int ElementsAtOnce = 170_000;

    private readonly ConvolutionGeometry _geometry;
    private readonly SpacedPlanes _planes;
    private readonly int _groupInputs, _groupOutputs, _imagesAtOnce;

    public ConvolutionProducts(ConvolutionGeometry geometry)
    {
        _geometry = geometry;
        _planes = new SpacedPlanes(geometry);
        _groupInputs = geometry.InChannels / geometry.Groups;
        _groupOutputs = geometry.OutChannels / geometry.Groups;
        _imagesAtOnce = Math.Max(
            1, ElementsAtOnce / ((_groupInputs * _planes.Phases + _groupOutputs) * _planes.Rows * _planes.Pitch));
    }

    private int GroupWeights => _groupOutputs * _geometry.FanIn;

    /// <summary>Writes the outputs of a slice's images; no bias is given as an empty span.</summary>
    public void Forward(BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, BatchTensor output)
    {
        int chunk = Chunk(slice), length = _planes.Length(chunk), spacedLength = _groupInputs * _planes.Phases * length;
        float[] spaced = RentZero(spacedLength), product = ArrayPool<float>.Shared.Rent(_groupOutputs * _planes.Positions(chunk));
        int[] offsets = InputOffsets(length);
        for (int group = 0; group < _geometry.Groups; group++)
            for (int first = slice.First; first < slice.First + slice.Images; first += chunk)
            {
                int images = Math.Min(chunk, slice.First + slice.Images - first), columns = _planes.Positions(images);
                for (int image = 0; image < images; image++)
                    _planes.SpreadInput(GroupOf(group, input.ValuesOf(first + image)), image, length, spaced);
                ShiftedProduct.Multiply(
                    _groupOutputs, columns, weights.Slice(group * GroupWeights, GroupWeights), offsets.AsSpan(0, _geometry.FanIn),
                    spaced.AsSpan(0, spacedLength), product);
                for (int image = 0; image < images; image++)
                    _planes.Collect(
                        product, image, columns, bias.IsEmpty ? bias : bias.Slice(group * _groupOutputs, _groupOutputs),
                        GroupOf(group, output.ValuesOf(first + image)));
            }
        Return(spaced, product);
        ArrayPool<int>.Shared.Return(offsets);
    }

    /// <summary>Adds what a slice's images contribute to the gradients of the weights and, where they are needed, of the input.</summary>
    public void Backward(BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, BatchTensor output, Span<float> weightGradients)
    {
        int chunk = Chunk(slice), length = _planes.Length(chunk), spacedLength = _groupInputs * _planes.Phases * length;
        float[] spaced = RentZero(spacedLength), gradient = RentZero(_groupOutputs * length);
        float[] turned = ArrayPool<float>.Shared.Rent(GroupWeights);
        float[] product = ArrayPool<float>.Shared.Rent(_groupInputs * _planes.Positions(chunk));
        int[] offsets = InputOffsets(length), backOffsets = ArrayPool<int>.Shared.Rent(_groupOutputs * _planes.Shifts.Length);
        for (int group = 0; group < _geometry.Groups; group++)
            for (int first = slice.First; first < slice.First + slice.Images; first += chunk)
            {
                int images = Math.Min(chunk, slice.First + slice.Images - first), columns = _planes.Positions(images);
                ReadOnlySpan<float> groupWeights = weights.Slice(group * GroupWeights, GroupWeights);
                if (images < chunk) gradient.AsSpan(0, _groupOutputs * length).Clear();
                for (int image = 0; image < images; image++)
                {
                    _planes.SpreadInput(GroupOf(group, input.ValuesOf(first + image)), image, length, spaced);
                    _planes.SpreadOutput(GroupOf(group, output.GradientsOf(first + image)), image, length, gradient);
                }
                ShiftedProduct.AddSums(
                    _groupOutputs, columns, gradient.AsSpan(_planes.Margin, _groupOutputs * length - _planes.Margin), length,
                    offsets.AsSpan(0, _geometry.FanIn), spaced.AsSpan(0, spacedLength),
                    weightGradients.Slice(group * GroupWeights, GroupWeights));
                for (int phase = 0; phase < _planes.Phases && input.NeedsGradients; phase++)
                {
                    int k = Turn(groupWeights, phase, length, turned, backOffsets);
                    ShiftedProduct.Multiply(
                        _groupInputs, columns, turned, backOffsets.AsSpan(0, k), gradient.AsSpan(0, _groupOutputs * length), product);
                    for (int image = 0; image < images; image++)
                        _planes.AddBack(product, phase, image, columns, GroupOf(group, input.GradientsOf(first + image)));
                }
            }
        Return(spaced, gradient, turned, product);
        ArrayPool<int>.Shared.Return(offsets);
        ArrayPool<int>.Shared.Return(backOffsets);
    }

    /// <summary>
    /// turned[input, (output, weight)] = weights[output, (input, weight)] for the weights that read one phase; with the
    /// distances back from its elements to the outputs. Returns how many there are.
    /// </summary>
    private int Turn(ReadOnlySpan<float> weights, int phase, int length, Span<float> turned, Span<int> offsets)
    {
        int kernel = _planes.Shifts.Length, k = 0;
        for (int output = 0; output < _groupOutputs; output++)
            for (int weight = 0; weight < kernel; weight++)
                if (_planes.PhaseOf[weight] == phase) offsets[k++] = output * length + _planes.Margin - _planes.Shifts[weight];
        for (int input = 0, at = 0; input < _groupInputs; input++)
            for (int output = 0; output < _groupOutputs; output++)
                for (int weight = 0; weight < kernel; weight++)
                    if (_planes.PhaseOf[weight] == phase) turned[at++] = weights[(output * _groupInputs + input) * kernel + weight];
        return k;
    }

    /// <summary>Where each row of the patch matrix starts: channel by channel, weight by weight.</summary>
    private int[] InputOffsets(int length)
    {
        int[] offsets = ArrayPool<int>.Shared.Rent(_geometry.FanIn);
        for (int channel = 0, at = 0; channel < _groupInputs; channel++)
            for (int weight = 0; weight < _planes.Shifts.Length; weight++)
                offsets[at++] = (channel * _planes.Phases + _planes.PhaseOf[weight]) * length + _planes.Margin + _planes.Shifts[weight];
        return offsets;
    }

    /// <summary>Images at once such that a slice's chunks are nearly equal.</summary>
    private int Chunk(BatchSlice slice)
    {
        int chunks = (slice.Images + _imagesAtOnce - 1) / _imagesAtOnce;
        return (slice.Images + chunks - 1) / chunks;
    }

    private Span<float> GroupOf(int group, Span<float> image)
    {
        int length = image.Length / _geometry.Groups;
        return image.Slice(group * length, length);
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
