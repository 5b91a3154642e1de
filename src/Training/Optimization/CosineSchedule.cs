namespace Blindsight.Training.Optimization;

/// <summary>A learning rate that rises linearly to its peak and falls to zero along half a cosine.</summary>
/// <param name="Peak">The highest rate.</param>
/// <param name="WarmupSteps">Steps of the rise.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
internal sealed record CosineSchedule(float Peak, int WarmupSteps, int TotalSteps)
{
    /// <summary>The rate of a step, counted from 0.</summary>
    public float At(int step)
    {
        if (step < WarmupSteps) return Peak * (step + 1) / WarmupSteps;
        double progress = (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);
        return (float)(Peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));
    }
}
