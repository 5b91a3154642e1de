using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Training;

namespace Blindsight.Cli.Commands;

/// <summary>Makes a plan.</summary>
internal static class CompileCommand
{
    public static Command Create(Terminals terminals)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> calibration = CommonOptions.Calibration(), rows = CommonOptions.Rows(), card = CommonOptions.Card();
        calibration.Required = true;
        rows.Description = "Rows of the calibration file, zero-based and inclusive. Default: 128 from the whole file, evenly.";
        Option<string> output = new("--out") { Description = "Where the plan is written.", HelpName = "PLAN", Required = true };
        Option<string> deployment = Comparisons.Deployment(), link = CommonOptions.Link();
        link.Description = "The link between two servers, from which '--comparison auto' chooses.";
        Option<string?> comparison = Comparisons.Option(), profile = Comparisons.Profile();
        Option<string> release = CommonOptions.Choice("--release", "What the client learns: all outputs, or the label alone.", "logits", "label");
        Option<bool> exact = new("--exact")
        {
            Description = "Compares every bit and narrows nothing. By default comparisons leave out up to 3 low bits where calibration shows that outputs "
                + "hardly change.",
        };
        Option<double> tolerance = CommonOptions.Tolerance();
        TaughtCommand command = new("compile",
            "Turns a model into a plan: the public contract of shapes, widths and protocols that both parties agree on. It holds no weight.",
            "blindsight compile model.onnx --calibration train.npy --out model.plan",
            "blindsight compile model.onnx --calibration train-images.idx3-ubyte.gz --rows 0-63 --release label --out model.plan",
            "blindsight compile model.onnx --calibration train.npy --deployment two-servers --comparison auto --link wan --out model.plan")
        { model, calibration, rows, output, card, deployment, comparison, profile, link, release, tolerance, exact };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(model);
            (string parties, string? compared) =
                Comparisons.Asked(parsed.GetRequiredValue(deployment), parsed.GetValue(comparison), parsed.GetValue(profile));
            CompileOptions options = new()
            {
                Deployment = parties, Comparison = Comparisons.ToCompile(parties, compared),
                Release = parsed.GetRequiredValue(release), Card = ModelFiles.Card(parsed.GetValue(card), path),
                ErrorMax = parsed.GetValue(tolerance) / 100, DroppedBitsMax = parsed.GetValue(exact) ? 0 : CompileOptions.DroppedBitsLimit,
            };
            Graph graph = ModelFiles.Model(path);
            using ProgressLine progress = new(terminals.Error);
            CompiledModel compiled = ModelFiles.Compile(graph, parsed.GetValue(calibration)!, parsed.GetValue(rows), options, progress.ForCompiler());
            InferencePlan plan = Comparisons.Chosen(compiled.Plan, compared, parsed.GetRequiredValue(link));
            string target = parsed.GetRequiredValue(output);
            AtomicFile.Write(target, stream => stream.Write(PlanSerializer.Serialize(plan)));
            progress.Dispose();
            terminals.Out.WriteLine(
                $"{target}: {plan.Steps.Length} steps, comparison by {plan.Comparison}, hash {Convert.ToHexStringLower(PlanSerializer.Hash(plan))[..16]}.");
            terminals.Out.WriteLine($"Outputs deviate from floats by {compiled.OutputError:p2} (root mean square) on the calibration rows.");
            return 0;
        });
        return command;
    }
}
