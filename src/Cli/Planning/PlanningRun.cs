using Blindsight.Cli.Files;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Training;
using Blindsight.Training.Activations;
using Blindsight.Training.Data;
using Blindsight.Training.Export;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Planning;

/// <summary>The files of a planning run; labels and the sets behind the first may be missing.</summary>
internal sealed record PlanningFiles(
    string Model, string Train, string? TrainLabels, string? Validate, string? ValidateLabels, string? Test, string? TestLabels, string Output);

/// <summary>From a model and images to a planned model, its plan, a report and a picture.</summary>
internal sealed class PlanningRun(PlanningFiles files, PlanningOptions options, CompileOptions compile, CostModel costs, LinkProfile link)
{
    private const int HeldOutEvery = 10;

    /// <exception cref="OperationCanceledException">Cancelled; the same run resumes from the options' folder.</exception>
    public void Go(Terminals terminals, CancellationToken cancellation)
    {
        using ProgressLine line = new(terminals.Error);
        Graph graph = ModelFiles.Model(files.Model);
        LabelledImages train = Images(graph, files.Train, files.TrainLabels);
        (train, LabelledImages validation) = files.Validate is null
            ? train.HoldOut(HeldOutEvery) : (train, Images(graph, files.Validate, files.ValidateLabels));
        PlannableModel model = new(graph, train, options.Training.Threads);
        InferencePlan before = ModelFiles.Compile(graph, files.Train, null, compile, line.ForCompiler()).Plan;
        PriceList prices = PriceList.Of(graph, before, model.Activations, costs, LinkSpeeds.Of(link));
        PlanningResult result = ActivationPlanner.Plan(model, train, validation, prices.Prices, options, new Forward(line), cancellation);
        AtomicFile.Write(files.Output, stream => OnnxExporter.Write(result.Network, Path.GetFileNameWithoutExtension(files.Output), stream));
        InferencePlan after = ModelFiles.Compile(ModelFiles.Model(files.Output), files.Train, null, compile, line.ForCompiler()).Plan;
        AtomicFile.Write(Beside(".plan"), stream => stream.Write(PlanSerializer.Serialize(after)));
        PlanReport report = new(
            1, options.Mode.ToString().ToLowerInvariant(), compile.Comparison, link.Name, costs.Machine.Machine, options.Training.Seed,
            Predicted(before), Predicted(after), PlanReport.PointOf(result.Chosen), [.. result.Front().Select(PlanReport.PointOf)],
            [.. result.Points.Select(PlanReport.PointOf)], PlanReport.LayersOf(result, prices.Names), Judge(graph, result, cancellation));
        AtomicFile.Write(Beside(".json"), stream => stream.Write(report.ToJson()));
        AtomicFile.Write(Beside(".svg"), stream => stream.Write(FrontPicture.Draw(Path.GetFileName(files.Output), result)));
        line.Clear();
        report.Write(terminals.Out);
        terminals.Out.WriteLine($"wrote {files.Output}, {Path.GetFileName(Beside(".plan"))}, and report (.json) and picture (.svg) beside them");
    }

    private string Beside(string ending) => Path.ChangeExtension(files.Output, ending);

    private LabelledImages Images(Graph graph, string images, string? labels) =>
        LabelledImages.Read(images, labels, graph.Shapes[graph.Outputs[0]][^1], compile.Card);

    private PlanReport.Latency Predicted(InferencePlan plan) => PlanReport.Latency.Of(costs.Predict(plan, LinkSpeeds.Of(link)));

    private PlanReport.Judgement? Judge(Graph graph, PlanningResult result, CancellationToken cancellation)
    {
        if (files.Test is null) return null;
        LabelledImages images = Images(graph, files.Test, files.TestLabels);
        bool[] right = Accuracy.Judge(result.Network, images, options.Training.Threads, cancellation);
        return new(right.Count(image => image), images.Count, string.Concat(right.Select(image => image ? '1' : '0')));
    }

    private sealed class Forward(ProgressLine line) : IProgress<PlanningProgress>
    {
        public void Report(PlanningProgress value) => line.Show(
            $"{value.Stage}: epoch {value.EpochsDone:f1} of {value.Epochs}" + (value.Loss is double loss ? $", loss {loss:f3}" : "")
            + (value.TimeLeft is TimeSpan left ? $", {left:h\\:mm\\:ss} left" : ""));
    }
}
