using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>The sum of inputs of one shape: where a residual branch joins.</summary>
internal sealed class AddLayer(FeatureShape shape) : Layer
{
    public override FeatureShape OutputShape { get; } = shape;
    public override string Describe() => "add";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            Span<float> sum = output.ValuesOf(slice.First, slice.Images);
            inputs[0].ValuesOf(slice.First, slice.Images).CopyTo(sum);
            foreach (BatchTensor input in inputs.Skip(1))
                VectorLoops.AddScaled(input.ValuesOf(slice.First, slice.Images), 1, sum);
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            foreach (BatchTensor input in inputs.Where(input => input.NeedsGradients))
                VectorLoops.AddScaled(
                    output.GradientsOf(slice.First, slice.Images), 1, input.GradientsOf(slice.First, slice.Images));
        });

    protected override Layer Fresh() => new AddLayer(OutputShape);
}
