using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>min(max(x, Low), High), either bound perhaps infinite: ReLU6 at 0 and 6. The gradient passes strictly between the bounds.</summary>
internal sealed class ClipLayer(FeatureShape shape, float low, float high) : Layer
{
    public float Low { get; } = low;
    public float High { get; } = high;
    public override FeatureShape OutputShape { get; } = shape;
    public override string Describe() => FormattableString.Invariant($"clip {Low:R} {High:R}");

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice => VectorLoops.Clip(
            inputs[0].ValuesOf(slice.First, slice.Images), Low, High, output.ValuesOf(slice.First, slice.Images)));

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice => VectorLoops.AddClipped(
            inputs[0].ValuesOf(slice.First, slice.Images), output.GradientsOf(slice.First, slice.Images), Low, High,
            inputs[0].GradientsOf(slice.First, slice.Images)));
    }

    protected override Layer Fresh() => new ClipLayer(OutputShape, Low, High);
}
