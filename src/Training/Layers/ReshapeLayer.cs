using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>The same elements in another shape.</summary>
internal sealed class ReshapeLayer : Layer
{
    /// <exception cref="ArgumentException">The shapes have different numbers of elements.</exception>
    public ReshapeLayer(FeatureShape input, FeatureShape output)
    {
        if (input.Elements != output.Elements) throw new ArgumentException($"{input} and {output} differ in elements.");
        InputShape = input;
        OutputShape = output;
    }

    public FeatureShape InputShape { get; }
    public override FeatureShape OutputShape { get; }
    public override string Describe() => $"reshape {InputShape} to {OutputShape}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        inputs[0].ValuesOf(0, pass.Images).CopyTo(output.ValuesOf(0, pass.Images));

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (inputs[0].NeedsGradients)
            VectorLoops.AddScaled(output.GradientsOf(0, pass.Images), 1, inputs[0].GradientsOf(0, pass.Images));
    }

    protected override Layer Fresh() => new ReshapeLayer(InputShape, OutputShape);
}
