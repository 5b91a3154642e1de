using System.CommandLine;
using Blindsight.Cli.Terminal;
using Blindsight.Training;
using Blindsight.Training.Synthesis;

namespace Blindsight.Cli.Commands;

/// <summary>blindsight synthesize: a topology with random weights.</summary>
internal static class SynthesizeCommand
{
    public static Command Create(Terminals terminals)
    {
        Argument<string> topology = new("TOPOLOGY")
        {
            Description = "An ONNX model whose weights do not matter, or "
                + string.Join(", ", WeightSynthesis.Names.Select(item => $"{item.Name} ({item.Summary})")) + ".",
        };
        Option<string> output = new("--out") { Description = "The ONNX file to write.", HelpName = "FILE", Required = true };
        Option<ulong> seed = new("--seed") { Description = "Decides the weights; the same seed gives the same file.", HelpName = "N" };
        seed.DefaultValueFactory = _ => 1;
        TaughtCommand command = new("synthesize",
            "Gives a topology random weights, to measure networks whose trained weights are not at hand: normal with variance 2 / fan-in, biases 0, "
            + "batch normalisations the identity, residual branches scaled down so that values keep their range. A softmax at the end is left out.",
            "blindsight synthesize light_resnet50.onnx --out resnet50.onnx",
            "blindsight synthesize densenet121 --seed 7 --out densenet121.onnx")
        { topology, output, seed };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetRequiredValue(topology), parsed.GetRequiredValue(output), parsed.GetValue(seed), terminals, cancellation)));
        return command;
    }

    private static int Run(string topology, string target, ulong seed, Terminals terminals, CancellationToken cancellation)
    {
        if (!File.Exists(topology) && WeightSynthesis.Names.All(item => item.Name != topology))
            throw new CommandException($"There is no topology at '{topology}', nor one of that name; names are "
                + string.Join(", ", WeightSynthesis.Names.Select(item => item.Name)) + ".");
        using ProgressLine progress = new(terminals.Error);
        SynthesizedModel model = WeightSynthesis.Create(topology, seed, new Forward(progress), cancellation);
        progress.Show($"writing {target}");
        AtomicFile.Write(target, model.WriteTo);
        progress.Dispose();
        terminals.Out.WriteLine($"{target}: {model.Parameters:n0} parameters, {model.RandomTensors} tensors of random weights, seed {seed}.");
        if (model.SoftmaxesDropped > 0) terminals.Out.WriteLine("The softmax at the end was left out: outputs are logits.");
        return 0;
    }

    private sealed class Forward(ProgressLine line) : IProgress<SynthesisProgress>
    {
        public void Report(SynthesisProgress value) => line.Show($"drawing weights, {(double)value.Done / value.Total:p0} of {value.Total:n0}");
    }
}
