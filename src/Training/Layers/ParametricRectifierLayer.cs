using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>x where x is above 0, else slope * x, with a trained slope a channel (He et al., 2015).</summary>
internal sealed class ParametricRectifierLayer : Layer
{
    private const float FirstSlope = 0.25f;

    public ParametricRectifierLayer(FeatureShape shape)
    {
        OutputShape = shape;
        Slopes = new Parameter("slope", ParameterRole.Offset, shape.Channels);
        Slopes.Values.AsSpan().Fill(FirstSlope);
    }

    public Parameter Slopes { get; }
    public override FeatureShape OutputShape { get; }
    public override IReadOnlyList<Parameter> Parameters => [Slopes];
    public override string Describe() => "parametric rectifier";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice => ForEachPlane(slice, (channel, at) => VectorLoops.Rectify(
            inputs[0].Values.AsSpan(at, OutputShape.Positions), Slopes.Values[channel],
            output.Values.AsSpan(at, OutputShape.Positions))));

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        pass.ForEachSlice(slice => ForEachPlane(slice, (channel, at) =>
        {
            ReadOnlySpan<float> x = inputs[0].Values.AsSpan(at, OutputShape.Positions);
            ReadOnlySpan<float> gradient = output.Gradients.AsSpan(at, OutputShape.Positions);
            Slopes.Share(slice.Index)[channel] += VectorLoops.DotBelowZero(x, gradient);
            if (inputs[0].NeedsGradients)
                VectorLoops.AddRectified(
                    x, gradient, Slopes.Values[channel], inputs[0].Gradients.AsSpan(at, OutputShape.Positions));
        }));
        Slopes.SumShares();
    }

    protected override Layer Fresh() => new ParametricRectifierLayer(OutputShape);

    private void ForEachPlane(BatchSlice slice, Action<int, int> body)
    {
        for (int image = slice.First; image < slice.First + slice.Images; image++)
            for (int channel = 0; channel < OutputShape.Channels; channel++)
                body(channel, image * OutputShape.Elements + channel * OutputShape.Positions);
    }
}
