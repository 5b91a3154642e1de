using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>
/// y = scale * (x - mean) / sqrt(variance + Epsilon) + bias per channel. While training, mean and variance are the whole
/// batch's and a running average of them is kept; afterwards that average is used. Sums over a channel are taken image by
/// image in double, so they do not depend on the number of threads.
/// </summary>
internal sealed class BatchNormLayer : Layer
{
    private const float NewShare = 0.1f;

    private readonly float[] _mean;
    private readonly float[] _inverseDeviation;

    /// <param name="epsilon">Added to the variance.</param>
    public BatchNormLayer(FeatureShape shape, float epsilon = 1e-5f)
    {
        OutputShape = shape;
        Epsilon = epsilon;
        Scale = new Parameter("scale", ParameterRole.Offset, shape.Channels);
        Bias = new Parameter("bias", ParameterRole.Offset, shape.Channels);
        RunningMean = new Parameter("mean", ParameterRole.Statistic, shape.Channels);
        RunningVariance = new Parameter("variance", ParameterRole.Statistic, shape.Channels);
        _mean = new float[shape.Channels];
        _inverseDeviation = new float[shape.Channels];
        Scale.Values.AsSpan().Fill(1);
        RunningVariance.Values.AsSpan().Fill(1);
    }

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; }
    public Parameter Scale { get; }
    public Parameter Bias { get; }
    public Parameter RunningMean { get; }
    public Parameter RunningVariance { get; }
    public override FeatureShape OutputShape { get; }
    public override IReadOnlyList<Parameter> Parameters => [Scale, Bias, RunningMean, RunningVariance];
    public override string Describe() => FormattableString.Invariant($"batch-norm {OutputShape} {Epsilon:R}");

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        ForEachChannel(pass, channel =>
        {
            if (pass.IsTraining) Measure(channel, inputs[0], pass.Images);
            float mean = pass.IsTraining ? _mean[channel] : RunningMean.Values[channel];
            float inverse = pass.IsTraining
                ? _inverseDeviation[channel]
                : 1 / MathF.Sqrt(RunningVariance.Values[channel] + Epsilon);
            float scale = Scale.Values[channel] * inverse;
            for (int image = 0; image < pass.Images; image++)
                VectorLoops.Affine(
                    Plane(inputs[0].Values, image, channel), scale, Bias.Values[channel] - scale * mean,
                    Plane(output.Values, image, channel));
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        ForEachChannel(pass, channel =>
        {
            // With n elements in the channel, h = (x - mean) * inverse and g the output's gradient:
            // dx = scale * inverse * (g - sum(g)/n - h * sum(g h)/n).
            double sum = 0, correlation = 0;
            for (int image = 0; image < pass.Images; image++)
            {
                ReadOnlySpan<float> gradient = Plane(output.Gradients, image, channel);
                sum += VectorLoops.Sum(gradient);
                correlation += VectorLoops.CentredDot(Plane(inputs[0].Values, image, channel), _mean[channel], gradient);
            }
            float inverse = _inverseDeviation[channel];
            Bias.Gradients[channel] = (float)sum;
            Scale.Gradients[channel] = (float)correlation * inverse;
            if (!inputs[0].NeedsGradients) return;
            double count = (double)pass.Images * OutputShape.Positions;
            float scale = Scale.Values[channel] * inverse;
            float slope = -(float)(correlation / count * inverse * inverse) * scale;
            float offset = -(float)(sum / count) * scale - slope * _mean[channel];
            for (int image = 0; image < pass.Images; image++)
                VectorLoops.AddAffine(
                    Plane(inputs[0].Values, image, channel), Plane(output.Gradients, image, channel), scale, slope, offset,
                    Plane(inputs[0].Gradients, image, channel));
        });

    protected override Layer Fresh() => new BatchNormLayer(OutputShape, Epsilon);

    private void Measure(int channel, BatchTensor input, int images)
    {
        double count = (double)images * OutputShape.Positions;
        // One walk over the channel, around its first plane's mean so that little cancels.
        float centre = VectorLoops.Sum(Plane(input.Values, 0, channel)) / OutputShape.Positions;
        double sum = 0, squares = 0;
        for (int image = 0; image < images; image++)
        {
            ReadOnlySpan<float> plane = Plane(input.Values, image, channel);
            sum += VectorLoops.CentredSum(plane, centre);
            squares += VectorLoops.SumOfSquares(plane, centre);
        }
        double shift = sum / count;
        float mean = (float)(centre + shift);
        squares = Math.Max(0, squares - count * shift * shift);
        _mean[channel] = mean;
        _inverseDeviation[channel] = (float)(1 / Math.Sqrt(squares / count + Epsilon));
        RunningMean.Values[channel] += NewShare * (mean - RunningMean.Values[channel]);
        float unbiased = (float)(squares / Math.Max(1, count - 1));
        RunningVariance.Values[channel] += NewShare * (unbiased - RunningVariance.Values[channel]);
    }

    private void ForEachChannel(Pass pass, Action<int> body) => pass.Slices.For(OutputShape.Channels, body);

    private Span<float> Plane(float[] batch, int image, int channel) =>
        batch.AsSpan(image * OutputShape.Elements + channel * OutputShape.Positions, OutputShape.Positions);
}
