using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Reports;
using Blindsight.Compiler.Onnx;

namespace Blindsight.Cli.Commands;

/// <summary>Says whether a model can be used, and lists everything in it that cannot.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminals terminals)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> costs = CommonOptions.Costs();
        TaughtCommand command = new("check",
            "Tells whether a model can be run privately, lists every node that is not supported, and predicts what an inference would cost by link and "
            + "protocol of comparison.",
            "blindsight check model.onnx", "blindsight check model.onnx --costs this-machine.json")
        { model, costs };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetValue(costs), terminals));
        return command;
    }

    private static int Run(string path, string? costs, Terminals terminals)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no model at '{path}'.");
        IReadOnlyList<GraphProblem> problems = OnnxImporter.Check(File.ReadAllBytes(path), Path.GetFileNameWithoutExtension(path));
        foreach (GraphProblem problem in problems)
            terminals.Out.WriteLine(problem.Node.Length == 0 ? problem.Message : $"{problem.Node} ({problem.Operator}): {problem.Message}");
        if (problems.Count > 0)
            throw new CommandException($"{path} cannot be used: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}.");
        var graph = ModelFiles.Model(path);
        terminals.Out.WriteLine($"{path} can be used: {graph.Nodes.Length} nodes, "
            + $"{graph.Constants.Values.Sum(constant => (long)constant.Data.Length):n0} parameters.");
        foreach (string input in graph.Inputs)
            terminals.Out.WriteLine($"  input  {input} [{string.Join(" x ", graph.Shapes[input])}]");
        foreach (string output in graph.Outputs)
            terminals.Out.WriteLine($"  output {output} [{string.Join(" x ", graph.Shapes[output])}]");
        PredictedCosts.Write(graph, CostFiles.Read(costs), terminals.Out);
        return 0;
    }
}
