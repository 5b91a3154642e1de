using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>y = scale * x + offset per channel, with constants that training leaves alone: preprocessing inside a model.</summary>
internal sealed class ConstantAffineLayer : Layer
{
    /// <param name="scale">One factor a channel.</param>
    /// <param name="offset">One summand a channel.</param>
    public ConstantAffineLayer(FeatureShape shape, ReadOnlySpan<float> scale, ReadOnlySpan<float> offset)
    {
        OutputShape = shape;
        Scale = new Parameter("scale", ParameterRole.Statistic, shape.Channels);
        Offset = new Parameter("offset", ParameterRole.Statistic, shape.Channels);
        scale.CopyTo(Scale.Values);
        offset.CopyTo(Offset.Values);
    }

    public Parameter Scale { get; }
    public Parameter Offset { get; }
    public override FeatureShape OutputShape { get; }
    public override IReadOnlyList<Parameter> Parameters => [Scale, Offset];
    public override string Describe() => $"constant affine {OutputShape}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice => ForEachPlane(slice, (channel, at) => VectorLoops.Affine(
            inputs[0].Values.AsSpan(at, OutputShape.Positions), Scale.Values[channel], Offset.Values[channel],
            output.Values.AsSpan(at, OutputShape.Positions))));

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice => ForEachPlane(slice, (channel, at) => VectorLoops.AddScaled(
            output.Gradients.AsSpan(at, OutputShape.Positions), Scale.Values[channel],
            inputs[0].Gradients.AsSpan(at, OutputShape.Positions))));
    }

    protected override Layer Fresh() => new ConstantAffineLayer(OutputShape, Scale.Values, Offset.Values);

    private void ForEachPlane(BatchSlice slice, Action<int, int> body)
    {
        for (int image = slice.First; image < slice.First + slice.Images; image++)
            for (int channel = 0; channel < OutputShape.Channels; channel++)
                body(channel, image * OutputShape.Elements + channel * OutputShape.Positions);
    }
}
