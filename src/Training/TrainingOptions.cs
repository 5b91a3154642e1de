using Blindsight.Arithmetic;

namespace Blindsight.Training;

/// <summary>How weights move.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    Momentum,

    /// <summary>Adam with decoupled weight decay.</summary>
    Adam,
}

/// <summary>Everything that a training run's result depends on, beside the network and the data; and where it keeps its checkpoint.</summary>
public sealed record TrainingOptions
{
    /// <summary>Decides order and augmentation. The same seed gives the same weights on the same machine, whatever the threads.</summary>
    public ulong Seed { get; init; } = 1;
    public int Epochs { get; init; } = 10;

    /// <summary>Images a step; the images that do not fill a last batch are left out of that epoch.</summary>
    public int BatchImages { get; init; } = 128;
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Momentum;

    /// <summary>The peak of the cosine schedule.</summary>
    public float LearningRate { get; init; } = 0.1f;
    public float Momentum { get; init; } = 0.9f;
    public float WeightDecay { get; init; } = 5e-4f;

    /// <summary>The share of all steps in which the rate rises.</summary>
    public float WarmupShare { get; init; } = 0.05f;

    /// <summary>The most that the gradient's norm may be; larger ones are scaled down.</summary>
    public float GradientNormMax { get; init; } = 5;

    /// <summary>The probability that label smoothing moves from the label to all classes alike.</summary>
    public float LabelSmoothing { get; init; }

    /// <summary>How much of the loss is agreement with the teacher, where there is one; the rest is the label's (Hinton et al., 2015).</summary>
    public float DistillationShare { get; init; } = 0.7f;

    /// <summary>What divides both parties' logits before they are compared.</summary>
    public float DistillationTemperature { get; init; } = 4;

    /// <summary>Images move by up to this many pixels up or down and left or right.</summary>
    public int ShiftPixelsMax { get; init; }

    /// <summary>Whether half of the images are mirrored left to right.</summary>
    public bool Flip { get; init; }

    /// <summary>Threads that compute at once; no influence on the result.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>A file to resume from, and to keep up to date; none without it. No influence on the result.</summary>
    public string? CheckpointPath { get; init; }
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The part of the options that the result depends on, as a line of text.</summary>
    internal string Describe() =>
        (this with { Threads = 0, CheckpointPath = null, CheckpointInterval = TimeSpan.Zero }).ToString();

    /// <exception cref="ParameterException">A number is out of its range.</exception>
    internal void Require(int images)
    {
        Check(Epochs is > 0 and <= 100_000, $"Epochs are 1 to 100,000, not {Epochs}.");
        Check(BatchImages is > 0 and <= 65_536, $"A batch is 1 to 65,536 images, not {BatchImages}.");
        Check(BatchImages <= images, $"A batch of {BatchImages} images needs as many; there are {images}.");
        Check(Threads > 0, $"Threads are at least 1, not {Threads}.");
        Check(LearningRate > 0 && float.IsFinite(LearningRate), $"The learning rate is above 0, not {LearningRate}.");
        Check(Momentum is >= 0 and < 1, $"The momentum is from 0 to below 1, not {Momentum}.");
        Check(WeightDecay >= 0, $"The weight decay is at least 0, not {WeightDecay}.");
        Check(WarmupShare is >= 0 and < 1, $"The warm-up share is from 0 to below 1, not {WarmupShare}.");
        Check(GradientNormMax > 0, $"The largest gradient norm is above 0, not {GradientNormMax}.");
        Check(LabelSmoothing is >= 0 and < 1, $"Label smoothing is from 0 to below 1, not {LabelSmoothing}.");
        Check(DistillationShare is >= 0 and <= 1, $"The share of distillation is from 0 to 1, not {DistillationShare}.");
        Check(DistillationTemperature > 0, $"The temperature of distillation is above 0, not {DistillationTemperature}.");
        Check(ShiftPixelsMax >= 0, $"A shift is at least 0 pixels, not {ShiftPixelsMax}.");
    }

    private static void Check(bool holds, string message)
    {
        if (!holds) throw new ParameterException(message);
    }
}
