using Blindsight.Training.Layers;

namespace Blindsight.Training.Optimization;

/// <summary>Adam (Kingma and Ba, 2015) with the weight decay kept apart from the gradient (Loshchilov and Hutter, 2019).</summary>
internal sealed class Adam(Parameter[] parameters, float weightDecay) : Optimizer
{
    private const float FirstDecay = 0.9f;
    private const float SecondDecay = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly float[][] _means = [.. parameters.Select(parameter => new float[parameter.Values.Length])];
    private readonly float[][] _squares = [.. parameters.Select(parameter => new float[parameter.Values.Length])];

    public override IReadOnlyList<float[]> Memory => [.. _means, .. _squares];

    public override void Step(int step, float learningRate)
    {
        float meanCorrection = 1 / (1 - MathF.Pow(FirstDecay, step + 1));
        float squareCorrection = 1 / (1 - MathF.Pow(SecondDecay, step + 1));
        for (int index = 0; index < parameters.Length; index++)
        {
            Parameter parameter = parameters[index];
            float decay = parameter.Role == ParameterRole.Weight ? learningRate * weightDecay : 0;
            float[] means = _means[index], squares = _squares[index];
            for (int i = 0; i < means.Length; i++)
            {
                float gradient = parameter.Gradients[i];
                means[i] += (1 - FirstDecay) * (gradient - means[i]);
                squares[i] += (1 - SecondDecay) * (gradient * gradient - squares[i]);
                parameter.Values[i] -= decay * parameter.Values[i]
                    + learningRate * means[i] * meanCorrection / (MathF.Sqrt(squares[i] * squareCorrection) + Epsilon);
            }
        }
    }
}
