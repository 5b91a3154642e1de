using Blindsight.Arithmetic.Matrices;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>y = W x + b over all elements of an image; W is [outputs x inputs].</summary>
internal sealed class DenseLayer : Layer
{
    private readonly int _inputs;
    private readonly int _outputs;

    public DenseLayer(FeatureShape input, int outputs, bool hasBias)
    {
        InputShape = input;
        _inputs = input.Elements;
        _outputs = outputs;
        OutputShape = FeatureShape.Vector(outputs);
        Weights = new Parameter("weight", ParameterRole.Weight, checked(_inputs * outputs));
        Bias = hasBias ? new Parameter("bias", ParameterRole.Offset, outputs) : null;
    }

    public FeatureShape InputShape { get; }
    public Parameter Weights { get; }
    public Parameter? Bias { get; }
    public override FeatureShape OutputShape { get; }
    public override IReadOnlyList<Parameter> Parameters => Bias is null ? [Weights] : [Weights, Bias];
    public override string Describe() => $"dense {_inputs} to {_outputs} bias {Bias is not null}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            Span<float> y = output.ValuesOf(slice.First, slice.Images);
            FloatMatrix.Multiply(
                slice.Images, _outputs, _inputs, inputs[0].ValuesOf(slice.First, slice.Images), Weights.Values, y,
                transposeB: true);
            for (int image = 0; image < slice.Images && Bias is not null; image++)
                VectorLoops.AddScaled(Bias.Values, 1, y.Slice(image * _outputs, _outputs));
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        pass.ForEachSlice(slice =>
        {
            ReadOnlySpan<float> gradient = output.GradientsOf(slice.First, slice.Images);
            FloatMatrix.Multiply(
                _outputs, _inputs, slice.Images, gradient, inputs[0].ValuesOf(slice.First, slice.Images),
                Weights.Share(slice.Index), transposeA: true, accumulate: true);
            for (int image = 0; image < slice.Images && Bias is not null; image++)
                VectorLoops.AddScaled(gradient.Slice(image * _outputs, _outputs), 1, Bias.Share(slice.Index));
            if (inputs[0].NeedsGradients)
                FloatMatrix.Multiply(
                    slice.Images, _inputs, _outputs, gradient, Weights.Values,
                    inputs[0].GradientsOf(slice.First, slice.Images), accumulate: true);
        });
        Weights.SumShares();
        Bias?.SumShares();
    }

    /// <summary>The same layer with a bias.</summary>
    public DenseLayer WithBias(ReadOnlySpan<float> bias)
    {
        DenseLayer copy = new(InputShape, _outputs, hasBias: true);
        Weights.Values.CopyTo(copy.Weights.Values, 0);
        bias.CopyTo(copy.Bias!.Values);
        return copy;
    }

    protected override Layer Fresh() => new DenseLayer(InputShape, _outputs, Bias is not null);
}
