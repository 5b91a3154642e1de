using System.Collections.Immutable;
using Blindsight.Training.Networks;

namespace Blindsight.Training.Activations;

/// <summary>One network on the way from all exact to the goal.</summary>
/// <param name="Name">"original", "adapted", "stage 1" ... or "final".</param>
/// <param name="Seconds">Predicted latency of secure inference.</param>
/// <param name="Correct">Right answers on the validation images.</param>
/// <param name="Elements">Elements an image by <see cref="ActivationKind"/>, over all activations.</param>
public sealed record PlanningPoint(string Name, double Seconds, int Correct, int Images, ImmutableArray<long> Elements)
{
    public double Accuracy => (double)Correct / Images;

    /// <summary>The share of elements that are not exact.</summary>
    public double Replaced => 1 - (double)Elements[(int)ActivationKind.Exact] / Math.Max(1, Elements.Sum());
}

/// <summary>What a planning run found.</summary>
/// <param name="Network">The chosen network, trained.</param>
/// <param name="Chosen">Its point.</param>
/// <param name="Points">All points, in the order in which they were made.</param>
/// <param name="Kinds">The chosen network's channels, by activation.</param>
public sealed record PlanningResult(
    Network Network, PlanningPoint Chosen, ImmutableArray<PlanningPoint> Points, ImmutableArray<ImmutableArray<ActivationKind>> Kinds)
{
    /// <summary>The points that no other beats in both latency and accuracy, the fastest first.</summary>
    public ImmutableArray<PlanningPoint> Front() =>
    [
        .. Points.Where(point => !Points.Any(other => other != point && other.Seconds <= point.Seconds && other.Correct >= point.Correct
            && (other.Seconds < point.Seconds || other.Correct > point.Correct))).OrderBy(point => point.Seconds),
    ];
}

/// <summary>Where a planning run stands.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="EpochsDone">Epochs of training finished, parts included, of <paramref name="Epochs"/>.</param>
/// <param name="TimeLeft">From the epochs of this process; null before the first step.</param>
public sealed record PlanningProgress(string Stage, double EpochsDone, int Epochs, double? Loss, TimeSpan? TimeLeft);
