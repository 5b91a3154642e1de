using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Optimization;

/// <summary>v = momentum * v + g + decay * w; w = w - rate * v. Only weights decay.</summary>
internal sealed class MomentumDescent(Parameter[] parameters, float momentum, float weightDecay) : Optimizer
{
    private readonly float[][] _velocities = [.. parameters.Select(parameter => new float[parameter.Values.Length])];

    public override IReadOnlyList<float[]> Memory => _velocities;

    public override void Step(int step, float learningRate)
    {
        for (int index = 0; index < parameters.Length; index++)
        {
            Parameter parameter = parameters[index];
            float[] velocity = _velocities[index];
            VectorLoops.Affine(velocity, momentum, 0, velocity);
            VectorLoops.AddScaled(parameter.Gradients, 1, velocity);
            if (parameter.Role == ParameterRole.Weight) VectorLoops.AddScaled(parameter.Values, weightDecay, velocity);
            VectorLoops.AddScaled(velocity, -learningRate, parameter.Values);
        }
    }
}
