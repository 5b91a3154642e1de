namespace Blindsight.Training.Optimization;

/// <summary>
/// The loss (1 - s) * CE(labels) + s * T^2 * KL(teacher's softmax at temperature T) of one image (Hinton, Vinyals, Dean, 2015).
/// </summary>
/// <param name="share">s; 0 without a teacher.</param>
/// <param name="temperature">T.</param>
internal sealed class Distillation(float share, float temperature, int classes)
{
    private readonly float[] _scaled = new float[classes];
    private readonly float[] _taught = new float[classes];
    private readonly float[] _gradient = new float[classes];

    /// <summary>Returns the loss and writes weight times its gradient.</summary>
    /// <param name="teacher">The teacher's logits; not read at share 0.</param>
    public double Evaluate(
        ReadOnlySpan<float> logits, ReadOnlySpan<float> target, ReadOnlySpan<float> teacher, float weight, Span<float> gradient)
    {
        double loss = CrossEntropy.Evaluate(logits, target, weight, gradient);
        if (share == 0) return loss;
        for (int i = 0; i < classes; i++) (_scaled[i], _taught[i]) = (logits[i] / temperature, teacher[i] / temperature);
        CrossEntropy.Softmax(_taught);
        double divergence = CrossEntropy.Evaluate(_scaled, _taught, weight * temperature, _gradient);
        foreach (float probability in _taught)
            if (probability > 0) divergence += probability * Math.Log(probability);
        for (int i = 0; i < classes; i++) gradient[i] = (1 - share) * gradient[i] + share * _gradient[i];
        return (1 - share) * loss + share * temperature * temperature * divergence;
    }
}
