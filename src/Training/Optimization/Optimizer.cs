using Blindsight.Training.Layers;

namespace Blindsight.Training.Optimization;

/// <summary>A rule that moves weights against their gradients. Keeps its memory in tensors, for checkpoints.</summary>
internal abstract class Optimizer
{
    /// <summary>What the rule remembers between steps.</summary>
    public abstract IReadOnlyList<float[]> Memory { get; }

    /// <summary>Moves every trained parameter once.</summary>
    /// <param name="step">Steps made before this one.</param>
    public abstract void Step(int step, float learningRate);

    /// <summary>A rule over the trained ones of <paramref name="parameters"/>.</summary>
    public static Optimizer Create(TrainingOptions options, IEnumerable<Parameter> parameters)
    {
        Parameter[] trained = [.. parameters.Where(parameter => parameter.IsTrained)];
        return options.Optimizer switch
        {
            OptimizerKind.Momentum => new MomentumDescent(trained, options.Momentum, options.WeightDecay),
            OptimizerKind.Adam => new Adam(trained, options.WeightDecay),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Optimizer, "No such optimizer."),
        };
    }
}
