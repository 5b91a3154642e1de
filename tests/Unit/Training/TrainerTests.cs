using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;
using Blindsight.Training;
using Blindsight.Training.Data;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Unit.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 3, BatchImages = 20, LearningRate = 0.05f, ShiftPixelsMax = 1, Flip = true, LabelSmoothing = 0.1f, Threads = 2,
        CheckpointInterval = TimeSpan.Zero,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-trainer").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Training_learns_to_tell_bright_rows_from_bright_columns()
    {
        LabelledImages images = Stripes();
        Network network = Small();
        int before = Accuracy.Correct(network, images, threads: 2);
        List<TrainingProgress> reports = [];
        Trainer.Train(network, images, Options with { LabelSmoothing = 0 }, new Collect(reports));
        Assert.True(before < 270, $"{before} before training");
        Assert.True(Accuracy.Correct(network, images, threads: 2) >= 297);
        Assert.Equal(Enumerable.Range(1, 45), reports.Select(report => report.Step));
        Assert.True(reports[^1].Loss < reports[0].Loss);
        Assert.Equal(TimeSpan.Zero, reports[^1].TimeLeft);
        Assert.True(reports[0].TimeLeft > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(OptimizerKind.Momentum)]
    [InlineData(OptimizerKind.Adam)]
    public void The_weights_are_the_same_whatever_the_threads_and_interruptions(OptimizerKind optimizer)
    {
        LabelledImages images = Stripes();
        TrainingOptions options = Options with { Optimizer = optimizer };
        Network whole = Small(), single = Small(), resumed = Small();
        Trainer.Train(whole, images, options);
        Trainer.Train(single, images, options with { Threads = 1 });
        TrainingOptions kept = options with { CheckpointPath = Path.Combine(_folder, "run") };
        foreach (int stopAt in new[] { 1, 22, 30 }) Interrupt(Small(), images, kept, stopAt);
        Trainer.Train(resumed, images, kept);
        Assert.Equal(Weights(whole), Weights(single));
        Assert.Equal(Weights(whole), Weights(resumed));
    }

    [Fact]
    public void A_finished_run_resumes_to_its_result_at_once()
    {
        LabelledImages images = Stripes();
        TrainingOptions kept = Options with { CheckpointPath = Path.Combine(_folder, "run") };
        Network first = Small(), second = Small();
        Trainer.Train(first, images, kept);
        List<TrainingProgress> reports = [];
        Trainer.Train(second, images, kept, new Collect(reports));
        Assert.Empty(reports);
        Assert.Equal(Weights(first), Weights(second));
    }

    [Fact]
    public void A_checkpoint_of_another_run_or_with_any_byte_changed_is_refused_and_changes_nothing()
    {
        LabelledImages images = Stripes();
        TrainingOptions kept = Options with { CheckpointPath = Path.Combine(_folder, "run") };
        Interrupt(Small(), images, kept, stopAt: 5);
        Network network = Small();
        float[] before = Weights(network);
        Assert.Throws<ParameterException>(() => Trainer.Train(network, images, kept with { LearningRate = 0.2f }));
        Assert.Throws<ParameterException>(() => Trainer.Train(Small(seed: 2), images, kept));
        byte[] content = File.ReadAllBytes(kept.CheckpointPath!);
        for (int at = 0; at < content.Length; at += 97)
        {
            byte[] damaged = [.. content];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(kept.CheckpointPath!, damaged);
            Assert.Throws<ParameterException>(() => Trainer.Train(network, images, kept));
        }
        File.WriteAllBytes(kept.CheckpointPath!, content[..^1]);
        Assert.Throws<ParameterException>(() => Trainer.Train(network, images, kept));
        Assert.Equal(before, Weights(network));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file()
    {
        string path = Path.Combine(_folder, "file");
        AtomicFile.Write(path, stream => stream.Write([1, 2, 3]));
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write([4]);
            throw new InvalidOperationException();
        }));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Options_and_shapes_that_cannot_work_are_refused()
    {
        LabelledImages images = Stripes();
        Assert.Throws<ParameterException>(() => Trainer.Train(Small(), images, Options with { Epochs = 0 }));
        Assert.Throws<ParameterException>(() => Trainer.Train(Small(), images, Options with { BatchImages = 301 }));
        Assert.Throws<ParameterException>(() => Trainer.Train(Small(), images, Options with { Momentum = 1 }));
        Assert.Throws<ParameterException>(() => Trainer.Train(Small(), images, Options with { LearningRate = float.NaN }));
        Assert.Throws<ParameterException>(() => Trainer.Train(
            new NetworkBuilder(images.Shape).Dense(5).Build(seed: 1), images, Options));
        Assert.Throws<ParameterException>(() => Architectures.Create("none", images.Shape, 2, seed: 1));
        Assert.Throws<ParameterException>(() => Architectures.Create("digits", new FeatureShape(1, 6, 6), 2, seed: 1));
    }

    private static void Interrupt(Network network, LabelledImages images, TrainingOptions options, int stopAt)
    {
        using CancellationTokenSource source = new();
        Assert.ThrowsAny<OperationCanceledException>(() => Trainer.Train(
            network, images, options, new Collect([], report => { if (report.Step == stopAt) source.Cancel(); }), source.Token));
    }

    private static Network Small(ulong seed = 1) => new NetworkBuilder(new FeatureShape(1, 8, 8))
        .Convolution(4, kernel: 3, bias: false).BatchNorm().MaxPool(2).Relu().Dense(2).Build(seed);

    private static float[] Weights(Network network) => [.. network.Parameters.SelectMany(parameter => parameter.Values)];

    /// <summary>300 noisy images with two bright rows (class 0) or columns (class 1).</summary>
    private static LabelledImages Stripes()
    {
        using Prg prg = TrainingSeed.Stream(3, "stripes", 0);
        byte[] pixels = new byte[300 * 64];
        int[] labels = [.. Enumerable.Range(0, 300).Select(_ => prg.Below(2))];
        for (int image = 0; image < 300; image++)
        {
            int line = prg.Below(6);
            for (int y = 0; y < 8; y++)
                for (int x = 0; x < 8; x++)
                {
                    int across = labels[image] == 0 ? y : x;
                    pixels[image * 64 + y * 8 + x] = (byte)(prg.Below(60) + (across == line || across == line + 1 ? 190 : 0));
                }
        }
        return new LabelledImages(new FeatureShape(1, 8, 8), pixels, labels, 2, InputCard.None);
    }

    private sealed class Collect(List<TrainingProgress> reports, Action<TrainingProgress>? also = null) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            reports.Add(value);
            also?.Invoke(value);
        }
    }
}
