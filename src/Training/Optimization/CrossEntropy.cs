namespace Blindsight.Training.Optimization;

/// <summary>
/// The loss -sum(target * log softmax(logits)) of one image, for any target distribution: a label, a smoothed label or a
/// teacher's probabilities.
/// </summary>
internal static class CrossEntropy
{
    /// <summary>Returns the loss and writes weight * (softmax(logits) - target), its gradient where the target sums to 1.</summary>
    public static double Evaluate(
        ReadOnlySpan<float> logits, ReadOnlySpan<float> target, float weight, Span<float> gradient)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits) largest = MathF.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        double logarithm = Math.Log(sum), loss = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double logProbability = logits[i] - largest - logarithm;
            loss -= target[i] * logProbability;
            gradient[i] = weight * ((float)Math.Exp(logProbability) - target[i]);
        }
        return loss;
    }

    /// <summary>Turns logits into probabilities.</summary>
    public static void Softmax(Span<float> logits)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits) largest = MathF.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        foreach (ref float logit in logits) logit = (float)(Math.Exp(logit - largest) / sum);
    }
}
