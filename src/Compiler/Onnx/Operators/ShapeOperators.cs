using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Onnx;

/// <summary>Operators that keep all elements.</summary>
internal static class ShapeOperators
{
    /// <summary>Two dimensions: those before the axis, and the rest.</summary>
    public static void Flatten(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        ImmutableArray<int> shape = graph.Shape(x);
        int axis = node.Axis(node.Int("axis", 1), shape.Length, end: true);
        graph.Finish(node, new ReshapeOperator(), [x], [FloatTensor.Count(shape[..axis]), FloatTensor.Count(shape[axis..])]);
    }

    /// <summary>-1 is what is left over; 0 keeps the input's size unless allowzero is set.</summary>
    public static void Reshape(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 2);
        string x = graph.Input(node, 0);
        ImmutableArray<int> from = graph.Shape(x);
        ImmutableArray<long> wanted = graph.Integers(node, 1);
        bool allowZero = node.Flag("allowzero", false);
        int[] shape = new int[wanted.Length];
        int open = -1;
        long product = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (wanted[i] == -1)
            {
                if (open >= 0) throw node.Refuse("two dimensions are left open");
                open = i;
                continue;
            }
            bool copies = wanted[i] == 0 && !allowZero;
            if (copies && i >= from.Length) throw node.Refuse($"dimension {i} copies one that the input of shape {Shapes.Text(from)} does not have");
            shape[i] = copies ? from[i] : node.Size(wanted[i], "shape", 0);
            product = Math.Min(product * shape[i], long.MaxValue >> 25);
        }
        int elements = FloatTensor.Count(from);
        if (open >= 0)
        {
            if (product == 0 || elements % product != 0) throw Misfit();
            shape[open] = (int)(elements / product);
        }
        else if (product != elements) throw Misfit();
        graph.Finish(node, new ReshapeOperator(), [x], [.. shape]);

        GraphException Misfit() => node.Refuse($"a value of shape {Shapes.Text(from)} cannot become [{string.Join(", ", wanted)}]");
    }

    /// <summary>Removes dimensions of 1: those stated, or all.</summary>
    public static void Squeeze(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 2);
        string x = graph.Input(node, 0);
        ImmutableArray<int> shape = graph.Shape(x);
        ImmutableArray<int>? axes = Stated(node, graph) is { } stated ? Shapes.Axes(node, stated, shape.Length) : null;
        foreach (int axis in axes ?? [])
            if (shape[axis] != 1) throw node.Refuse($"axis {axis} of shape {Shapes.Text(shape)} is not 1");
        graph.Finish(node, new ReshapeOperator(), [x], [.. shape.Where((size, axis) => axes?.Contains(axis) != true && (axes is not null || size != 1))]);
    }

    /// <summary>Inserts dimensions of 1 at positions of the output.</summary>
    public static void Unsqueeze(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 2);
        string x = graph.Input(node, 0);
        ImmutableArray<long> stated = Stated(node, graph) ?? throw node.Refuse("'axes' is missing");
        int rank = graph.Rank(x) + stated.Length;
        if (rank > ImportBudget.RankMax) throw node.Refuse($"makes {rank} dimensions, at most {ImportBudget.RankMax} are supported");
        List<int> shape = [.. graph.Shape(x)];
        foreach (int axis in Shapes.Axes(node, stated, rank)) shape.Insert(axis, 1);
        graph.Finish(node, new ReshapeOperator(), [x], [.. shape]);
    }

    public static void Transpose(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        ImmutableArray<int> shape = graph.Shape(x);
        int rank = shape.Length;
        ImmutableArray<long> stated = node.Ints("perm") ?? [.. Enumerable.Range(0, rank).Reverse().Select(axis => (long)axis)];
        if (stated.Length != rank || Shapes.Axes(node, stated, rank).Length != rank)
            throw node.Refuse($"'perm' has {stated.Length} axes, the value has {rank}");
        ImmutableArray<int> permutation = [.. stated.Select(axis => node.Axis(axis, rank))];
        graph.Finish(node, new TransposeOperator(permutation), [x], [.. permutation.Select(axis => shape[axis])]);
    }

    /// <summary>Axes are an attribute before version 13, then an input.</summary>
    private static ImmutableArray<long>? Stated(OnnxNode node, GraphBuilder graph) =>
        node.HasInput(1) ? graph.Integers(node, 1) : node.Ints("axes");
}
