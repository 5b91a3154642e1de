using Blindsight.Training;

namespace Blindsight.Cli.Commands;

/// <summary>Prints a line of a run's progress at most every five seconds, and one at the end of each epoch.</summary>
internal sealed class TrainingLines(TextWriter output) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private TimeSpan _next = Interval;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        bool isEpochEnd = value.Step % (value.Steps / value.Epochs) == 0;
        if (!isEpochEnd && value.Elapsed < _next) return;
        _next = value.Elapsed + Interval;
        output.WriteLine(
            $"epoch {value.Epoch}/{value.Epochs}  step {value.Step:N0}/{value.Steps:N0}  loss {value.Loss:F4}  "
            + $"accuracy {value.Accuracy:P2}  {value.Elapsed:mm\\:ss} elapsed, {value.TimeLeft:mm\\:ss} left");
    }
}
