using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>The channels of all inputs, one input after the other; heights and widths are equal.</summary>
internal sealed class ConcatenationLayer(IReadOnlyList<FeatureShape> shapes) : Layer
{
    public override FeatureShape OutputShape { get; } = shapes[0] with { Channels = shapes.Sum(shape => shape.Channels) };
    public override string Describe() => "concatenation";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            for (int image = slice.First; image < slice.First + slice.Images; image++)
            {
                Span<float> rest = output.ValuesOf(image);
                foreach (BatchTensor input in inputs)
                {
                    input.ValuesOf(image).CopyTo(rest);
                    rest = rest[input.Shape.Elements..];
                }
            }
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            for (int image = slice.First; image < slice.First + slice.Images; image++)
            {
                ReadOnlySpan<float> rest = output.GradientsOf(image);
                foreach (BatchTensor input in inputs)
                {
                    if (input.NeedsGradients) VectorLoops.AddScaled(rest[..input.Shape.Elements], 1, input.GradientsOf(image));
                    rest = rest[input.Shape.Elements..];
                }
            }
        });

    protected override Layer Fresh() => new ConcatenationLayer(shapes);
}
