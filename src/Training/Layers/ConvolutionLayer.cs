using System.Buffers;
using Blindsight.Arithmetic.Matrices;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>
/// A two-dimensional convolution with stride, padding, dilation and groups, optionally with a bias: patch matrices times
/// weights, several small images in one product.
/// </summary>
internal sealed class ConvolutionLayer : Layer
{
    private const int ProductColumns = 512;

    private readonly int _groupOutputs;
    private readonly int _positions;
    private readonly int _imagesAtOnce;

    public ConvolutionLayer(ConvolutionGeometry geometry, bool hasBias)
    {
        Geometry = geometry;
        Weights = new Parameter("weight", ParameterRole.Weight, geometry.WeightElements);
        Bias = hasBias ? new Parameter("bias", ParameterRole.Offset, geometry.OutChannels) : null;
        OutputShape = new FeatureShape(geometry.OutChannels, geometry.OutHeight, geometry.OutWidth);
        _groupOutputs = geometry.OutChannels / geometry.Groups;
        _positions = OutputShape.Positions;
        _imagesAtOnce = Math.Max(1, ProductColumns / _positions);
    }

    public ConvolutionGeometry Geometry { get; }
    public Parameter Weights { get; }
    public Parameter? Bias { get; }
    public override FeatureShape OutputShape { get; }
    public override IReadOnlyList<Parameter> Parameters => Bias is null ? [Weights] : [Weights, Bias];
    public override string Describe() => $"convolution {Geometry} bias {Bias is not null}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            float[] patches = Rent(Geometry.FanIn * _imagesAtOnce * _positions);
            float[] product = Rent(_groupOutputs * _imagesAtOnce * _positions);
            foreach ((int first, int images, int group) in Chunks(slice))
            {
                int columns = images * _positions;
                GatherPatches(inputs[0], first, images, group, patches);
                for (int row = 0; row < _groupOutputs; row++)
                    product.AsSpan(row * columns, columns).Fill(Bias?.Values[group * _groupOutputs + row] ?? 0);
                FloatMatrix.Multiply(
                    _groupOutputs, columns, Geometry.FanIn, WeightsOf(group), patches, product, accumulate: true);
                for (int image = 0; image < images; image++)
                    for (int row = 0; row < _groupOutputs; row++)
                        product.AsSpan(row * columns + image * _positions, _positions)
                            .CopyTo(OutputPlane(output.ValuesOf(first + image), group, row));
            }
            Return(patches, product);
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        pass.ForEachSlice(slice => BackwardSlice(slice, inputs[0], output));
        Weights.SumShares();
        Bias?.SumShares();
    }

    /// <summary>The same layer with a bias.</summary>
    public ConvolutionLayer WithBias(ReadOnlySpan<float> bias)
    {
        ConvolutionLayer copy = new(Geometry, hasBias: true);
        Weights.Values.CopyTo(copy.Weights.Values, 0);
        bias.CopyTo(copy.Bias!.Values);
        return copy;
    }

    protected override Layer Fresh() => new ConvolutionLayer(Geometry, Bias is not null);

    private void BackwardSlice(BatchSlice slice, BatchTensor input, BatchTensor output)
    {
        float[] patches = Rent(Geometry.FanIn * _imagesAtOnce * _positions);
        float[] gradient = Rent(_groupOutputs * _imagesAtOnce * _positions);
        foreach ((int first, int images, int group) in Chunks(slice))
        {
            int columns = images * _positions;
            for (int image = 0; image < images; image++)
                for (int row = 0; row < _groupOutputs; row++)
                    OutputPlane(output.GradientsOf(first + image), group, row)
                        .CopyTo(gradient.AsSpan(row * columns + image * _positions));
            for (int row = 0; row < _groupOutputs && Bias is not null; row++)
                Bias.Share(slice.Index)[group * _groupOutputs + row] += VectorLoops.Sum(gradient.AsSpan(row * columns, columns));
            GatherPatches(input, first, images, group, patches);
            FloatMatrix.Multiply(
                _groupOutputs, Geometry.FanIn, columns, gradient, patches, Block(Weights.Share(slice.Index), group),
                transposeB: true, accumulate: true);
            if (input.NeedsGradients) AddInputGradient(input, first, images, group, gradient, patches);
        }
        Return(patches, gradient);
    }

    /// <summary>Adds the gradient of some images' inputs; overwrites <paramref name="patches"/>.</summary>
    private void AddInputGradient(BatchTensor input, int first, int images, int group, float[] gradient, float[] patches)
    {
        int columns = images * _positions;
        FloatMatrix.Multiply(
            Geometry.FanIn, columns, _groupOutputs, WeightsOf(group), gradient, patches, transposeA: true);
        for (int image = 0; image < images; image++)
            PatchMatrix.AddBack(
                Geometry, patches.AsSpan(image * _positions), columns, GroupChannels(input.GradientsOf(first + image), group));
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
                Geometry, GroupChannels(input.ValuesOf(first + image), group), images * _positions,
                patches.AsSpan(image * _positions));
    }

    private Span<float> GroupChannels(Span<float> image, int group)
    {
        int length = image.Length / Geometry.Groups;
        return image.Slice(group * length, length);
    }

    private Span<float> OutputPlane(Span<float> image, int group, int row) =>
        image.Slice((group * _groupOutputs + row) * _positions, _positions);

    private ReadOnlySpan<float> WeightsOf(int group) => Block(Weights.Values, group);

    private Span<float> Block(Span<float> weights, int group)
    {
        int length = Geometry.WeightElements / Geometry.Groups;
        return weights.Slice(group * length, length);
    }

    private static float[] Rent(int length) => ArrayPool<float>.Shared.Rent(length);

    private static void Return(params ReadOnlySpan<float[]> buffers)
    {
        foreach (float[] buffer in buffers) ArrayPool<float>.Shared.Return(buffer);
    }
}
