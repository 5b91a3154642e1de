using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Layers.Convolutions;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>A two-dimensional convolution with stride, padding, dilation and groups, optionally with a bias.</summary>
internal sealed class ConvolutionLayer : Layer
{
    private readonly ConvolutionProducts _products;

    public ConvolutionLayer(ConvolutionGeometry geometry, bool hasBias)
    {
        Geometry = geometry;
        Weights = new Parameter("weight", ParameterRole.Weight, geometry.WeightElements);
        Bias = hasBias ? new Parameter("bias", ParameterRole.Offset, geometry.OutChannels) : null;
        OutputShape = new FeatureShape(geometry.OutChannels, geometry.OutHeight, geometry.OutWidth);
        _products = new ConvolutionProducts(geometry);
    }

    public ConvolutionGeometry Geometry { get; }
    public Parameter Weights { get; }
    public Parameter? Bias { get; }
    public override FeatureShape OutputShape { get; }
    public override IReadOnlyList<Parameter> Parameters => Bias is null ? [Weights] : [Weights, Bias];
    public override string Describe() => $"convolution {Geometry} bias {Bias is not null}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice => _products.Forward(slice, inputs[0], Weights.Values, Bias?.Values, output));

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        pass.ForEachSlice(slice =>
        {
            _products.Backward(slice, inputs[0], Weights.Values, output, Weights.Share(slice.Index));
            if (Bias is not null) AddBiasGradient(slice, output, Bias.Share(slice.Index));
        });
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

    private void AddBiasGradient(BatchSlice slice, BatchTensor output, Span<float> sums)
    {
        for (int image = slice.First; image < slice.First + slice.Images; image++)
        {
            ReadOnlySpan<float> gradient = output.GradientsOf(image);
            for (int channel = 0; channel < sums.Length; channel++)
                sums[channel] += VectorLoops.Sum(gradient.Slice(channel * OutputShape.Positions, OutputShape.Positions));
        }
    }
}
