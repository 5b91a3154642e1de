using System.CommandLine;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Training;
using Blindsight.Training.Data;
using Blindsight.Training.Export;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Cli.Commands;

/// <summary>
/// blindsight train ARCHITECTURE: trains a named network, or that of an ONNX file, on labelled images and writes it as ONNX.
/// The model appears whole or not at all; an interrupted run resumes from its checkpoint.
/// </summary>
internal static class TrainCommand
{
    private const float MomentumRate = 0.1f, AdamRate = 0.001f;

    private static string ArchitectureList =>
        string.Join("; ", Architectures.Names.Select(item => $"{item.Name} ({item.Summary})"));

    /// <summary>The command with its options.</summary>
    public static Command Create(Terminals terminals)
    {
        TrainingOptions defaults = new();
        Argument<string> architecture = new("architecture") { Description = $"The network: {ArchitectureList}; or an ONNX file." };
        Option<string> images = Required("--images", "Training images: IDX or CIFAR-10 binary, gzipped or plain.");
        Option<string> labels = new("--labels") { Description = "Their classes, as IDX. Not needed for CIFAR-10 binary." };
        Option<string> output = Required("--out", "The ONNX file to write.");
        Option<string> testImages = new("--test-images") { Description = "Images to state the accuracy on; never trained on." };
        Option<string> testLabels = new("--test-labels") { Description = "Their classes." };
        Option<string> card = new("--card") { Description = "A model card that says how pixels become inputs; divides by 255 without." };
        Option<int> classes = Number("--classes", 10, "Number of classes.");
        Option<int> epochs = Number("--epochs", 6, "Passes over the training images.");
        Option<int> batch = Number("--batch", defaults.BatchImages, "Images a step.");
        Option<bool> keepWeights = new("--keep-weights") { Description = "Go on from the weights of the ONNX file; without it they are drawn anew." };
        Option<string> optimizer = Number("--optimizer", "momentum", "How weights move: momentum, or adam with decoupled decay.")
            .AcceptOnlyFromAmong("momentum", "adam");
        Option<float?> rate = new("--learning-rate")
        {
            Description = FormattableString.Invariant($"Peak of the cosine schedule; {MomentumRate} with momentum, {AdamRate} with adam by default."),
        };
        Option<float> decay = Number("--weight-decay", defaults.WeightDecay, "Pull of weights towards zero; biases and scales feel none.");
        Option<int> shift = Number("--shift", 1, "Pixels by which images are moved at random.");
        Option<bool> flip = new("--flip") { Description = "Mirror half of the images left to right: for photographs, not for digits." };
        Option<ulong> seed = Number("--seed", defaults.Seed, "Decides first weights, order and augmentation.");
        Option<int> threads = Number("--threads", defaults.Threads, "Threads; no influence on the result.");
        Option<string> checkpoint = new("--checkpoint")
        {
            Description = "A file from which an interrupted run resumes; OUT.checkpoint by default, removed at the end.",
        };
        Option<double> interval = Number(
            "--checkpoint-seconds", defaults.CheckpointInterval.TotalSeconds, "Seconds between two checkpoints.");
        TaughtCommand command = new("train", "Trains a small network on labelled images and writes it as ONNX.",
            "blindsight train digits --images train-images.gz --labels train-labels.gz --out digits.onnx",
            "blindsight train m1 --images train-images.gz --labels train-labels.gz --test-images t10k-images.gz --test-labels t10k-labels.gz"
            + " --out m1.onnx",
            "blindsight train resnet20 --images cifar10_train.bin.gz --card cifar.yaml --flip --shift 4 --epochs 30 --out resnet20.onnx",
            "blindsight train model.onnx --keep-weights --images cifar10_train.bin.gz --flip --learning-rate 0.01 --epochs 5 --out tuned.onnx")
        {
            architecture, images, labels, output, testImages, testLabels, card, classes, keepWeights, epochs, batch,
            optimizer, rate, decay, shift, flip, seed, threads, checkpoint, interval,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(output);
            Files files = new(
                parsed.GetRequiredValue(images), parsed.GetValue(labels), parsed.GetValue(testImages), parsed.GetValue(testLabels),
                parsed.GetValue(card), path);
            bool isAdam = parsed.GetValue(optimizer) == "adam";
            TrainingOptions options = defaults with
            {
                Seed = parsed.GetValue(seed),
                Epochs = parsed.GetValue(epochs),
                BatchImages = parsed.GetValue(batch),
                Optimizer = isAdam ? OptimizerKind.Adam : OptimizerKind.Momentum,
                LearningRate = parsed.GetValue(rate) ?? (isAdam ? AdamRate : MomentumRate),
                WeightDecay = parsed.GetValue(decay),
                ShiftPixelsMax = parsed.GetValue(shift),
                Flip = parsed.GetValue(flip),
                Threads = parsed.GetValue(threads),
                CheckpointPath = parsed.GetValue(checkpoint) ?? path + ".checkpoint",
                CheckpointInterval = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(interval), 0, 86_400)),
            };
            Func<FeatureShape, Network> create = shape =>
                Create(parsed.GetRequiredValue(architecture), parsed.GetValue(keepWeights), shape, parsed.GetValue(classes), options.Seed);
            string name = Path.GetFileNameWithoutExtension(parsed.GetRequiredValue(architecture));
            return Task.FromResult(Run(name, create, files, parsed.GetValue(classes), options, terminals, cancellation));
        });
        return command;
    }

    /// <summary>The network of a file, if there is one of that name or it can be nothing else; otherwise the named one.</summary>
    private static Network Create(string architecture, bool keepsWeights, FeatureShape shape, int classes, ulong seed)
    {
        if (File.Exists(architecture) || architecture.EndsWith(".onnx", StringComparison.Ordinal))
        {
            Network network = NetworkImporter.Import(OnnxImporter.Load(architecture));
            return keepsWeights ? network : network.CloneUntrained(seed);
        }
        if (keepsWeights) throw new ParameterException($"'{architecture}' is no file, so there are no weights to keep.");
        return Architectures.Create(architecture, shape, classes, seed);
    }

    private static int Run(
        string name, Func<FeatureShape, Network> create, Files files, int classes, TrainingOptions options, Terminals terminals,
        CancellationToken cancellation)
    {
        try
        {
            InputCard card = files.Card is null ? InputCard.None : ModelCard.Read(files.Card);
            LabelledImages images = LabelledImages.Read(files.Images, files.Labels, classes, card);
            LabelledImages? test = files.TestImages is null
                ? null : LabelledImages.Read(files.TestImages, files.TestLabels, classes, card);
            Network network = create(images.Shape);
            terminals.Out.WriteLine($"{name}: {network.TrainedElements:N0} trained numbers, {images.Count:N0} images");
            Trainer.Train(network, images, options, new TrainingLines(terminals.Out), cancellation);
            AtomicFile.Write(files.Output, stream => OnnxExporter.Write(network, name, stream));
            if (options.CheckpointPath is not null) File.Delete(options.CheckpointPath);
            terminals.Out.WriteLine($"wrote {files.Output}");
            if (test is not null)
                terminals.Out.WriteLine($"{Accuracy.Correct(network, test, options.Threads, cancellation):N0} of {test.Count:N0} test images are right");
            return 0;
        }
        catch (OperationCanceledException)
        {
            terminals.Error.WriteLine($"blindsight: Stopped; the same command resumes from {options.CheckpointPath}.");
            return CommandLine.Interrupted;
        }
    }

    private static Option<string> Required(string name, string description) =>
        new(name) { Description = description, Required = true };

    private static Option<T> Number<T>(string name, T standard, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    private sealed record Files(
        string Images, string? Labels, string? TestImages, string? TestLabels, string? Card, string Output);
}
