using System.CommandLine;
using System.Text.Json;
using Blindsight.Cli.Files;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Training;

namespace Blindsight.Cli.Commands;

/// <summary>Compares a plan in clear fixed point with its model in floats.</summary>
internal static class EvaluateCommand
{
    private const int WorstSteps = 3;

    public static Command Create(Terminals terminals)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> plan = CommonOptions.Plan(), calibration = CommonOptions.Calibration(), card = CommonOptions.Card();
        Option<string> input = CommonOptions.Input();
        Option<string?> rows = CommonOptions.Rows(), labels = CommonOptions.Labels();
        Option<string?> json = CommonOptions.Json("Writes the figures to a file.");
        TaughtCommand command = new("evaluate",
            "Reports, in the clear, what the plan's fixed-point numbers cost in accuracy, and which layer loses most.",
            "blindsight evaluate model.onnx --plan model.plan --input t10k-images.gz --labels t10k-labels.gz --rows 0-999",
            "blindsight evaluate model.onnx --calibration train.npy --input test.npy")
        { model, plan, calibration, input, rows, labels, card, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(model);
            Graph graph = ModelFiles.Model(path);
            using ProgressLine progress = new(terminals.Error);
            QuantizedModel quantized = ModelFiles.Quantized(graph, parsed.GetValue(plan), parsed.GetValue(calibration),
                ModelFiles.Card(parsed.GetValue(card), path), progress.ForCompiler());
            SampleSet samples = ModelFiles.Samples(parsed.GetRequiredValue(input), "input");
            RowRange range = RowRange.Of(parsed.GetValue(rows), samples);
            FloatTensor[][] inputs = ModelFiles.Inputs(samples, range, quantized.Plan.Card, ModelFiles.Ports(graph));
            int[]? expected = Labels.Read(parsed.GetValue(labels), samples, range);
            EvaluationReport report = Evaluation.Run(graph, quantized, inputs, expected, progress.ForCompiler());
            progress.Dispose();
            Print(report, terminals.Out);
            if (parsed.GetValue(json) is { } file) AtomicFile.Write(file, stream => stream.Write(Json(report)));
            return 0;
        });
        return command;
    }

    private static void Print(EvaluationReport report, TextWriter output)
    {
        output.WriteLine($"rows                   {report.Rows}");
        if (report.FloatAccuracy is { } inFloats) output.WriteLine($"accuracy in floats     {inFloats:p2}");
        if (report.FixedAccuracy is { } inFixed) output.WriteLine($"accuracy in fixed      {inFixed:p2}");
        output.WriteLine($"same largest output    {report.Agreement:p2}");
        output.WriteLine($"largest difference     {report.LargestDifference:g4}");
        output.WriteLine("layers that lose most, by themselves, relative to their values:");
        foreach (StepError step in report.Steps.OrderByDescending(step => step.RelativeError).Take(WorstSteps))
            output.WriteLine($"  {step.RelativeError,8:p3}  {step.Name} ({step.Kind})");
    }

    private static byte[] Json(EvaluationReport report) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        schema_version = 1, rows = report.Rows, float_accuracy = report.FloatAccuracy, fixed_accuracy = report.FixedAccuracy,
        agreement = report.Agreement, largest_difference = report.LargestDifference, worst_layer = report.Worst?.Name,
        layers = report.Steps.Select(step => new { name = step.Name, kind = step.Kind, relative_error = step.RelativeError }),
    });
}
