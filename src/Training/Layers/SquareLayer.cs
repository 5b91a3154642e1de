using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>x * x: the activation of CryptoNets.</summary>
internal sealed class SquareLayer(FeatureShape shape) : Layer
{
    public override FeatureShape OutputShape { get; } = shape;
    public override string Describe() => "square";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            Span<float> y = output.ValuesOf(slice.First, slice.Images);
            y.Clear();
            VectorLoops.AddProduct(
                inputs[0].ValuesOf(slice.First, slice.Images), inputs[0].ValuesOf(slice.First, slice.Images), 1, y);
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice => VectorLoops.AddProduct(
            inputs[0].ValuesOf(slice.First, slice.Images), output.GradientsOf(slice.First, slice.Images), 2,
            inputs[0].GradientsOf(slice.First, slice.Images)));
    }

    protected override Layer Fresh() => new SquareLayer(OutputShape);
}
