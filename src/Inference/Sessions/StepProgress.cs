namespace Blindsight.Inference.Sessions;

/// <summary>The two phases of an inference.</summary>
public enum Phase
{
    /// <summary>Before the input is known.</summary>
    Offline,
    /// <summary>From the input to the result.</summary>
    Online,
}

/// <summary>Where a phase stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Name">The layer that was finished.</param>
/// <param name="Remaining">Estimated from the plan's work that is left; null before the first step.</param>
public readonly record struct StepProgress(
    Phase Phase, int Step, int Steps, string Name, TimeSpan Elapsed, TimeSpan? Remaining);
