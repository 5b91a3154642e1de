namespace Blindsight.Training;

/// <summary>Where a run stands.</summary>
/// <param name="Epoch">The epoch in work, counted from 1.</param>
/// <param name="Step">Steps done of all epochs.</param>
/// <param name="Loss">Mean loss over the epoch so far.</param>
/// <param name="Accuracy">Share of this epoch's augmented training images that were classified correctly before their step.</param>
/// <param name="TimeLeft">Estimated from the steps of this process.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Step, int Steps, double Loss, double Accuracy, TimeSpan Elapsed, TimeSpan TimeLeft);
