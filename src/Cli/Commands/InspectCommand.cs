using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Spectre.Console;

namespace Blindsight.Cli.Commands;

/// <summary>Prints a model or a plan as a table.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminals terminals)
    {
        Argument<string> file = new("FILE") { Description = "An ONNX model or a plan." };
        TaughtCommand command = new("inspect", "Prints a model's nodes or a plan's steps.",
            "blindsight inspect model.onnx", "blindsight inspect model.plan")
        { file };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            if (IsPlan(path)) Print(ModelFiles.Plan(path), terminals.Out);
            else Print(ModelFiles.Model(path), terminals.Out);
            return 0;
        });
        return command;
    }

    /// <summary>Plans are JSON objects; no ONNX model begins with a brace.</summary>
    private static bool IsPlan(string path)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no file at '{path}'.");
        using FileStream stream = File.OpenRead(path);
        return stream.ReadByte() == '{';
    }

    private static void Print(InferencePlan plan, TextWriter output)
    {
        output.WriteLine($"plan for {plan.Model}: {plan.Deployment}, comparison by {plan.Comparison}, releases {plan.Release}");
        output.WriteLine($"hash {Convert.ToHexStringLower(PlanSerializer.Hash(plan))}");
        Table table = Tables.New("step", "name", "kind", "shape", "ring", "value", "scale", "details");
        foreach (int column in (int[])[0, 4, 5, 6]) table.Columns[column].RightAligned();
        foreach (PlanRow row in PlanTable.Rows(plan))
            Tables.Add(table, $"{row.Step}", row.Name, row.Kind, row.Shape, $"{row.RingBits}", $"{row.ValueBits}", $"{row.ScaleBits}", row.Details);
        Tables.Write(table, output);
        output.WriteLine("ring, value and scale are in bits: width of the ring, magnitude of the values, binary places.");
    }

    private static void Print(Graph graph, TextWriter output)
    {
        output.WriteLine($"model {graph.Name}: {graph.Nodes.Length} nodes, "
            + $"{graph.Constants.Values.Sum(constant => (long)constant.Data.Length):n0} parameters");
        Table table = Tables.New("node", "operator", "inputs", "output", "shape");
        foreach (Node node in graph.Nodes)
            Tables.Add(table, node.Name, node.OnnxOperator, string.Join(", ", node.Inputs), node.Output, string.Join(" x ", graph.Shapes[node.Output]));
        Tables.Write(table, output);
    }
}
