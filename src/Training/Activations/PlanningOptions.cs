using Blindsight.Arithmetic;

namespace Blindsight.Training.Activations;

/// <summary>Everything that a planning run's result depends on beside model, data and prices; and where it keeps what it has done.</summary>
public sealed record PlanningOptions
{
    public PlanningMode Mode { get; init; } = PlanningMode.Channel;

    /// <summary>Seconds that inference may take; null where the loss of accuracy alone decides.</summary>
    public double? BudgetSeconds { get; init; }

    /// <summary>Percentage points of validation accuracy that may be lost against the adapted all-exact network; null for any.</summary>
    public double? LossPointsMax { get; init; }

    /// <summary>Epochs in which the model, all exact, first adapts to the data; it is then the teacher and the baseline.</summary>
    public int AdaptationEpochs { get; init; } = 2;

    /// <summary>Steps from all exact to the goal; each replaces some channels and trains.</summary>
    public int Stages { get; init; } = 3;

    /// <summary>Epochs of each stage.</summary>
    public int StageEpochs { get; init; } = 2;

    /// <summary>Epochs of the chosen network at the end.</summary>
    public int FinalEpochs { get; init; } = 3;

    /// <summary>Training images that polynomials are fitted to and losses estimated on.</summary>
    public int EstimationImages { get; init; } = 2048;

    /// <summary>Weight of the penalty on inputs outside of the range that a square or cube was fitted in.</summary>
    public float RangePenalty { get; init; } = 0.01f;

    /// <summary>Optimiser, augmentation, seed, threads; epochs, checkpoint and distillation of the adaptation are set by the planner.</summary>
    public TrainingOptions Training { get; init; } = new()
    {
        LearningRate = 0.01f, GradientNormMax = 2, ShiftPixelsMax = 3, Flip = true, WeightDecay = 5e-4f, DistillationShare = 0.9f,
    };

    /// <summary>Where finished stages and checkpoints are kept, so that an interrupted run resumes; made if it is not there.</summary>
    public required string Folder { get; init; }

    /// <exception cref="ParameterException">A number is out of its range.</exception>
    internal void Require()
    {
        Check(BudgetSeconds is null or > 0, $"A budget is above 0 seconds, not {BudgetSeconds}.");
        Check(LossPointsMax is null or >= 0 and <= 100, $"The accuracy that may be lost is 0 to 100 points, not {LossPointsMax}.");
        Check(Mode == PlanningMode.None || BudgetSeconds is not null || LossPointsMax is not null, "Planning needs a budget or a largest loss of accuracy.");
        Check(AdaptationEpochs is >= 0 and <= 10_000, $"Epochs of adaptation are 0 to 10,000, not {AdaptationEpochs}.");
        Check(Stages is >= 1 and <= 100, $"Stages are 1 to 100, not {Stages}.");
        Check(StageEpochs is >= 1 and <= 10_000, $"Epochs of a stage are 1 to 10,000, not {StageEpochs}.");
        Check(FinalEpochs is >= 0 and <= 10_000, $"Epochs at the end are 0 to 10,000, not {FinalEpochs}.");
        Check(EstimationImages >= 128, $"Estimation needs at least 128 images, not {EstimationImages}.");
        Check(RangePenalty >= 0, $"The range penalty is at least 0, not {RangePenalty}.");
    }

    private static void Check(bool holds, string message)
    {
        if (!holds) throw new ParameterException(message);
    }
}
