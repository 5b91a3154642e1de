using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Owner;

namespace Blindsight.Cli.Commands;

/// <summary>The model owner's part of the deployment two-servers, all of it.</summary>
internal static class SplitCommand
{
    public static Command Create(Terminals terminals)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> plan = CommonOptions.Plan("A plan made by 'blindsight compile --deployment two-servers'."), calibration = CommonOptions.Calibration();
        Option<string?> card = CommonOptions.Card(), comparison = Comparisons.Option();
        Option<string> link = CommonOptions.Link();
        link.Description = "The link between the servers, from which '--comparison auto' chooses.";
        Option<string> first = ShareOption("--out-a", "Where the first server's share is written: the plan and a seed of 32 bytes.");
        Option<string> second = ShareOption("--out-b", "Where the second server's share is written: the plan and the differences, 4 bytes a weight.");
        Option<string?> planOut = new("--plan-out") { Description = "Where the plan is written as well, for the dealer.", HelpName = "PLAN" };
        HostOptions options = new();
        TaughtCommand command = new("split",
            "Splits a model between two servers that must not collude. Either file alone tells nothing of the weights; hand each to its server and keep "
            + "neither.",
            "blindsight split model.onnx --plan model.plan --out-a a.share --out-b b.share",
            "blindsight split model.onnx --calibration train.npy --comparison auto --link wan --out-a a.share --out-b b.share --plan-out model.plan")
        { model, plan, calibration, card, comparison, link, first, second, planOut };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(model), a = parsed.GetRequiredValue(first), b = parsed.GetRequiredValue(second);
            if (Path.GetFullPath(a) == Path.GetFullPath(b)) throw new CommandException("--out-a and --out-b name the same file; each server gets its own.");
            using PartyOutput output = options.Open(parsed, terminals);
            using ProgressLine progress = new(terminals.Error);
            Graph graph = ModelFiles.Model(path);
            InputCard inputs = parsed.GetValue(plan) is null ? ModelFiles.Card(parsed.GetValue(card), path) : InputCard.None;
            QuantizedModel quantized = Comparisons.Quantized(graph, parsed.GetValue(plan), parsed.GetValue(calibration),
                new CompileOptions { Deployment = DeploymentKinds.TwoServers, Card = inputs }, parsed.GetValue(comparison), parsed.GetRequiredValue(link),
                progress.ForCompiler());
            progress.Show("splitting weights");
            ModelShareFile.Write(quantized, a, b);
            if (parsed.GetValue(planOut) is { } planFile) Training.AtomicFile.Write(planFile, stream => stream.Write(PlanSerializer.Serialize(quantized.Plan)));
            progress.Dispose();
            Split split = new(new FileInfo(a).Length, new FileInfo(b).Length);
            output.Tell(split, $"{a}: the first server's share, {split.FirstBytes:n0} bytes.\n{b}: the second server's share, {split.SecondBytes:n0} bytes.\n"
                + $"Plan {Convert.ToHexStringLower(PlanSerializer.Hash(quantized.Plan))[..16]}, comparison by {quantized.Plan.Comparison}. "
                + "Whoever holds both files holds the model: hand each to its server, and delete them here.");
            output.Tell(Ended.Now());
            return 0;
        });
        return command;
    }

    private static Option<string> ShareOption(string name, string description) =>
        new(name) { Description = description, HelpName = "FILE", Required = true };
}
