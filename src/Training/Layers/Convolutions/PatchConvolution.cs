using System.Buffers;
using Blindsight.Arithmetic.Matrices;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers.Convolutions;

/// <summary>Patch matrices times weights, several small images in one product: for any geometry.</summary>
internal sealed class PatchConvolution : ConvolutionRule
{
    private const int ProductColumns = 512;

    private readonly int _positions;
    private readonly int _imagesAtOnce;

    public PatchConvolution(ConvolutionGeometry geometry) : base(geometry)
    {
        _positions = geometry.OutHeight * geometry.OutWidth;
        _imagesAtOnce = Math.Max(1, ProductColumns / _positions);
    }

    /// <inheritdoc/>
    public override void Forward(BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, BatchTensor output)
    {
        float[] patches = Rent(Geometry.FanIn), product = Rent(GroupOutputs);
        foreach ((int first, int images, int group) in Chunks(slice))
        {
            int columns = images * _positions;
            GatherPatches(input, first, images, group, patches);
            for (int row = 0; row < GroupOutputs; row++)
                product.AsSpan(row * columns, columns).Fill(bias.IsEmpty ? 0 : bias[group * GroupOutputs + row]);
            FloatMatrix.Multiply(
                GroupOutputs, columns, Geometry.FanIn, WeightsOf(group, weights), patches, product, accumulate: true);
            for (int image = 0; image < images; image++)
                for (int row = 0; row < GroupOutputs; row++)
                    product.AsSpan(row * columns + image * _positions, _positions).CopyTo(PlaneOf(group, row, output.ValuesOf(first + image)));
        }
        Return(patches, product);
    }

    /// <inheritdoc/>
    public override void Backward(
        BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, BatchTensor output, Span<float> weightGradients)
    {
        float[] patches = Rent(Geometry.FanIn), gradient = Rent(GroupOutputs);
        foreach ((int first, int images, int group) in Chunks(slice))
        {
            int columns = images * _positions;
            for (int image = 0; image < images; image++)
                for (int row = 0; row < GroupOutputs; row++)
                    PlaneOf(group, row, output.GradientsOf(first + image)).CopyTo(gradient.AsSpan(row * columns + image * _positions));
            GatherPatches(input, first, images, group, patches);
            FloatMatrix.Multiply(
                GroupOutputs, Geometry.FanIn, columns, gradient, patches, WeightsOf(group, weightGradients), transposeB: true, accumulate: true);
            if (!input.NeedsGradients) continue;
            FloatMatrix.Multiply(Geometry.FanIn, columns, GroupOutputs, WeightsOf(group, weights), gradient, patches, transposeA: true);
            for (int image = 0; image < images; image++)
                PatchMatrix.AddBack(Geometry, patches.AsSpan(image * _positions), columns, GroupOf(group, input.GradientsOf(first + image)));
        }
        Return(patches, gradient);
    }

    private IEnumerable<(int First, int Images, int Group)> Chunks(BatchSlice slice)
    {
        int end = slice.First + slice.Images;
        for (int group = 0; group < Geometry.Groups; group++)
            for (int first = slice.First; first < end; first += _imagesAtOnce)
                yield return (first, Math.Min(_imagesAtOnce, end - first), group);
    }

    private void GatherPatches(BatchTensor input, int first, int images, int group, float[] patches)
    {
        for (int image = 0; image < images; image++)
            PatchMatrix.Gather(
                Geometry, GroupOf(group, input.ValuesOf(first + image)), images * _positions, patches.AsSpan(image * _positions));
    }

    private Span<float> PlaneOf(int group, int row, Span<float> image) =>
        image.Slice((group * GroupOutputs + row) * _positions, _positions);

    private float[] Rent(int rows) => ArrayPool<float>.Shared.Rent(rows * _imagesAtOnce * _positions);

    private static void Return(params ReadOnlySpan<float[]> buffers)
    {
        foreach (float[] buffer in buffers) ArrayPool<float>.Shared.Return(buffer);
    }
}
