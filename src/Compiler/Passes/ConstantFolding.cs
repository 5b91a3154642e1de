using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Reference;

namespace Blindsight.Compiler.Passes;

/// <summary>Evaluates the nodes of a graph that depend on constants alone, and drops constants that nothing uses any more.</summary>
internal static class ConstantFolding
{
    public static Graph Run(Graph graph)
    {
        Dictionary<string, FloatTensor> constants = graph.Constants.ToDictionary();
        List<Node> kept = [];
        foreach (Node node in graph.Nodes)
        {
            if (!node.Inputs.All(constants.ContainsKey)) kept.Add(node);
            else constants[node.Output] = FloatReference.Evaluate(node, [.. node.Inputs.Select(input => constants[input])], graph.Shapes[node.Output]);
        }
        if (kept.Count == graph.Nodes.Length) return graph;
        HashSet<string> used = [.. graph.Inputs, .. graph.Outputs, .. kept.SelectMany(node => node.Inputs), .. kept.Select(node => node.Output)];
        return graph with
        {
            Nodes = [.. kept],
            Constants = constants.Where(pair => used.Contains(pair.Key)).ToImmutableDictionary(),
            Shapes = graph.Shapes.Where(pair => used.Contains(pair.Key)).ToImmutableDictionary(),
        };
    }
}
