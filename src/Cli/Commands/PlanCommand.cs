using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Planning;
using Blindsight.Compiler.Calibration;
using Blindsight.Inference.Costs;
using Blindsight.Training.Activations;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Commands;

/// <summary>Replaces activations by polynomials where that costs little accuracy, and trains the model to it.</summary>
internal sealed class PlanCommand
{
    private const double StandardLossPoints = 0.5;
    private static readonly PlanningOptions Defaults = new() { Folder = "" };

    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<string> _train = new("--train")
    {
        Description = "Training images: IDX or CIFAR-10 binary, gzipped or plain.", HelpName = "FILE", Required = true,
    };
    private readonly Option<string?> _trainLabels = FileOption("--train-labels", "Their classes, where the file of images does not hold them.");
    private readonly Option<string?> _validate = FileOption("--validate",
        "Images that decide what is kept; not for judging the result. Default: every tenth training image, which then is not trained on.");
    private readonly Option<string?> _validateLabels = FileOption("--validate-labels", "Their classes.");
    private readonly Option<string?> _test = FileOption("--test", "Images to judge the result by, read once at the end.");
    private readonly Option<string?> _testLabels = FileOption("--test-labels", "Their classes.");
    private readonly Option<string?> _card = CommonOptions.Card();
    private readonly Option<double?> _budget = new("--budget")
    {
        Description = "Seconds that an inference may take, offline and online together, as predicted.", HelpName = "SECONDS",
    };
    private readonly Option<double?> _loss = new("--max-loss")
    {
        Description = $"Percentage points of validation accuracy that may be lost. Default, without a budget: {StandardLossPoints}.", HelpName = "POINTS",
    };
    private readonly Option<string> _mode = CommonOptions.Choice("--mode",
        "What is replaced: single channels by polynomials of degree 0 to 3; whole layers by squares (after Delphi); or nothing, the same training "
        + "for comparison.", "channel", "layer", "none");
    private readonly Option<string> _deployment = CommonOptions.Choice("--deployment", "How the parties are laid out.", "client-server");
    private readonly Option<string> _comparison = CommonOptions.Comparison(), _link = CommonOptions.Link();
    private readonly Option<string?> _costs = CommonOptions.Costs();
    private readonly Option<int> _adaptEpochs = CommonOptions.Positive("--adapt-epochs",
        "Epochs in which the model, all exact, first adapts to the data; the result is teacher and baseline.", Defaults.AdaptationEpochs, 1000);
    private readonly Option<int> _stages =
        CommonOptions.Positive("--stages", "Steps on the way to the goal, each a point of the front.", Defaults.Stages, 100);
    private readonly Option<int> _stageEpochs = CommonOptions.Positive("--stage-epochs", "Epochs of training in each step.", Defaults.StageEpochs, 1000);
    private readonly Option<int> _finalEpochs =
        CommonOptions.Positive("--final-epochs", "Epochs of training of the chosen network.", Defaults.FinalEpochs, 1000);
    private readonly Option<float> _rate = new("--learning-rate")
    {
        Description = "Peak of each step's cosine schedule.", HelpName = "RATE", DefaultValueFactory = _ => Defaults.Training.LearningRate,
    };
    private readonly Option<bool> _noFlip = new("--no-flip") { Description = "Does not mirror training images: for digits and letters." };
    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Decides order, augmentation and estimates.", HelpName = "N", DefaultValueFactory = _ => Defaults.Training.Seed,
    };
    private readonly Option<int> _threads =
        CommonOptions.Positive("--threads", "Threads of the training; no influence on the result.", Environment.ProcessorCount, 1024);
    private readonly Option<string?> _folder = new("--work")
    {
        Description = "Where finished steps are kept: the same command resumes. Default: OUT.work, removed at the end.", HelpName = "FOLDER",
    };
    private readonly Option<string> _output = new("--out")
    {
        Description = "The model to write, standard ONNX; plan, report (.json) and picture (.svg) go beside it.", HelpName = "MODEL2", Required = true,
    };

    public static Command Create(Terminals terminals)
    {
        PlanCommand options = new();
        TaughtCommand command = new("plan",
            "Finds which channels of a model's activations keep ReLU and which become polynomials, trains the model to it and compiles it.",
            "blindsight plan model.onnx --train cifar-train.bin.gz --max-loss 0.5 --link wan --out fast.onnx",
            "blindsight plan digits.onnx --train train-images.gz --train-labels train-labels.gz --no-flip --budget 0.08 --out fast.onnx")
        {
            options._model, options._train, options._trainLabels, options._validate, options._validateLabels, options._test, options._testLabels,
            options._card, options._budget, options._loss, options._mode, options._deployment, options._comparison, options._link, options._costs,
            options._adaptEpochs, options._stages, options._stageEpochs, options._finalEpochs, options._rate, options._noFlip, options._seed,
            options._threads, options._folder, options._output,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(options.Run(parsed, terminals, cancellation)));
        return command;
    }

    private static Option<string?> FileOption(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    private int Run(ParseResult parsed, Terminals terminals, CancellationToken cancellation)
    {
        string output = parsed.GetRequiredValue(_output), model = parsed.GetRequiredValue(_model), folder = parsed.GetValue(_folder) ?? output + ".work";
        PlanningRun run = new(
            new(model, parsed.GetRequiredValue(_train), parsed.GetValue(_trainLabels), parsed.GetValue(_validate), parsed.GetValue(_validateLabels),
                parsed.GetValue(_test), parsed.GetValue(_testLabels), output),
            Planning(parsed, folder),
            new CompileOptions
            {
                Deployment = parsed.GetRequiredValue(_deployment), Comparison = parsed.GetRequiredValue(_comparison),
                Card = ModelFiles.Card(parsed.GetValue(_card), model),
            },
            new CostModel(CostFiles.Read(parsed.GetValue(_costs))), LinkProfile.Named(parsed.GetRequiredValue(_link)));
        try
        {
            run.Go(terminals, cancellation);
            if (parsed.GetValue(_folder) is null) Directory.Delete(folder, recursive: true);
            return 0;
        }
        catch (OperationCanceledException)
        {
            terminals.Error.WriteLine($"blindsight: Stopped; the same command resumes from {folder}.");
            return CommandLine.Interrupted;
        }
    }

    private PlanningOptions Planning(ParseResult parsed, string folder) => Defaults with
    {
        Folder = folder, Mode = Enum.Parse<PlanningMode>(parsed.GetRequiredValue(_mode), ignoreCase: true), BudgetSeconds = parsed.GetValue(_budget),
        LossPointsMax = parsed.GetValue(_loss) ?? (parsed.GetValue(_budget) is null ? StandardLossPoints : null),
        AdaptationEpochs = parsed.GetValue(_adaptEpochs), Stages = parsed.GetValue(_stages), StageEpochs = parsed.GetValue(_stageEpochs),
        FinalEpochs = parsed.GetValue(_finalEpochs),
        Training = Defaults.Training with
        {
            LearningRate = parsed.GetValue(_rate), Flip = !parsed.GetValue(_noFlip), Seed = parsed.GetValue(_seed), Threads = parsed.GetValue(_threads),
        },
    };
}
