using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// Finds activations that differ by channel in graphs of standard operators: sums, products and powers of one value, its ReLU or
/// Clip times 0 or 1 by channel among them, become one <see cref="ChannelActivationOperator"/>. What was written as
/// <c>Relu(x) * m + ((c3 * x + c2) * x + c1) * x + c0</c> gives its coefficients back exactly. What is a plain clamp, affine or x * x stays
/// as it is, and so does whatever has inner values that are used elsewhere.
/// </summary>
internal static class ActivationRecognition
{
    /// <summary>Most nodes of one activation.</summary>
    private const int NodesMax = 24;

    public static Graph Run(Graph graph)
    {
        Dictionary<string, int> producers = [];
        Dictionary<string, int> uses = graph.Outputs.GroupBy(name => name).ToDictionary(group => group.Key, group => group.Count());
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            producers[graph.Nodes[i].Output] = i;
            foreach (string input in graph.Nodes[i].Inputs) uses[input] = uses.GetValueOrDefault(input) + 1;
        }
        Node?[] nodes = [.. graph.Nodes];
        bool found = false;
        for (int end = nodes.Length - 1; end >= 0; end--)
        {
            if (nodes[end] is not { } last || !IsEnd(last.Operator) || graph.Shapes[last.Output] is not { Length: >= 2 }) continue;
            if (Recognise(graph, nodes, producers, uses, end) is not { } recognised) continue;
            foreach (int inner in recognised.Inner) nodes[inner] = null;
            nodes[end] = last with { Operator = recognised.Activation, Inputs = [recognised.Input] };
            found = true;
        }
        return found ? Without(graph, [.. nodes.OfType<Node>()]) : graph;
    }

    private static bool IsEnd(Operator op) => op is UnaryOperator { Kind: UnaryKind.Square or UnaryKind.Negate }
        or BinaryOperator { Kind: BinaryKind.Add or BinaryKind.Sub or BinaryKind.Mul or BinaryKind.Pow };

    private static Found? Recognise(
        Graph graph, Node?[] nodes, Dictionary<string, int> producers, Dictionary<string, int> uses, int end)
    {
        Node last = nodes[end]!;
        ImmutableArray<int> shape = graph.Shapes[last.Output];
        SortedSet<int> region = Region(graph, nodes, producers, end);
        foreach (string input in Inputs(graph, region, nodes, producers, shape))
        {
            ChannelForms forms = new(graph, input, shape);
            // Degrees alone are cheap; arithmetic on channels comes once, at the nearest value that makes the end more than affine.
            if (forms.Degree(last.Output, name => Node(name)) is not { } degree || !(degree.HasClamp || degree.Power > 1)) continue;
            if (forms.Evaluate(last.Output, name => Node(name)) is not { } form || form.ToOperator(shape[1]) is not { } activation) return null;
            HashSet<int> inner = [.. forms.Visited.Select(name => producers[name]).Where(index => index != end)];
            return inner.All(index => StaysInside(nodes[index]!.Output)) ? new(input, activation, inner) : null;

            bool StaysInside(string value) => uses[value] == inner.Append(end).Sum(index => nodes[index]!.Inputs.Count(name => name == value));
        }
        return null;

        Node? Node(string name) => producers.TryGetValue(name, out int index) && region.Contains(index) ? nodes[index] : null;
    }

    /// <summary>The nodes that lead to the end by operators that an activation is made of.</summary>
    private static SortedSet<int> Region(Graph graph, Node?[] nodes, Dictionary<string, int> producers, int end)
    {
        SortedSet<int> region = [end];
        Queue<int> open = new([end]);
        while (region.Count < NodesMax && open.TryDequeue(out int index))
            foreach (string input in nodes[index]!.Inputs)
                if (producers.TryGetValue(input, out int before) && nodes[before] is { } node && region.Count < NodesMax
                    && (IsEnd(node.Operator) || node.Operator is ClipOperator or UnaryOperator { Kind: UnaryKind.Relu })
                    && graph.Shapes[node.Output].SequenceEqual(graph.Shapes[nodes[end]!.Output]) && region.Add(before))
                    open.Enqueue(before);
        return region;
    }

    /// <summary>Values that the region could be a function of, the nearest to its end first.</summary>
    private static IEnumerable<string> Inputs(
        Graph graph, SortedSet<int> region, Node?[] nodes, Dictionary<string, int> producers, ImmutableArray<int> shape) =>
        region.SelectMany(index => nodes[index]!.Inputs).Distinct()
            .Where(name => !graph.Constants.ContainsKey(name) && graph.Shapes[name].SequenceEqual(shape))
            .OrderByDescending(name => producers.GetValueOrDefault(name, -1));

    private static Graph Without(Graph graph, ImmutableArray<Node> nodes)
    {
        HashSet<string> used = [.. graph.Inputs, .. graph.Outputs, .. nodes.SelectMany(node => node.Inputs), .. nodes.Select(node => node.Output)];
        return graph with
        {
            Nodes = nodes,
            Constants = graph.Constants.Where(pair => used.Contains(pair.Key)).ToImmutableDictionary(),
            Shapes = graph.Shapes.Where(pair => used.Contains(pair.Key)).ToImmutableDictionary(),
        };
    }

    private sealed record Found(string Input, ChannelActivationOperator Activation, HashSet<int> Inner);
}
