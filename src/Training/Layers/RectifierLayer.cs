using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>x where x is above 0, else Slope * x: ReLU at slope 0.</summary>
internal sealed class RectifierLayer(FeatureShape shape, float slope = 0) : Layer
{
    public float Slope { get; } = slope;
    public override FeatureShape OutputShape { get; } = shape;
    public override string Describe() => FormattableString.Invariant($"rectifier {Slope:R}");

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice => VectorLoops.Rectify(
            inputs[0].ValuesOf(slice.First, slice.Images), Slope, output.ValuesOf(slice.First, slice.Images)));

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice => VectorLoops.AddRectified(
            inputs[0].ValuesOf(slice.First, slice.Images), output.GradientsOf(slice.First, slice.Images), Slope,
            inputs[0].GradientsOf(slice.First, slice.Images)));
    }

    protected override Layer Fresh() => new RectifierLayer(OutputShape, Slope);
}
