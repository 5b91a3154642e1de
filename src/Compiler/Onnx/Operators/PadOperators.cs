using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Onnx;

/// <summary>Padding. Borders that repeat elements are gathers with constant indices, one an axis.</summary>
internal static class PadOperators
{
    /// <summary>Pads are an attribute before version 11, then an input, from version 18 with axes.</summary>
    public static void Pad(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 4);
        string x = graph.Input(node, 0);
        ImmutableArray<int> shape = graph.Shape(x);
        (int[] begins, int[] ends) = Amounts(node, graph, shape.Length);
        for (int axis = 0; axis < shape.Length; axis++)
            if ((long)shape[axis] + Math.Min(begins[axis], 0) + Math.Min(ends[axis], 0) < 0)
                throw node.Refuse($"crops more than the {shape[axis]} elements of axis {axis}");
        switch (node.Text("mode", "constant"))
        {
            case "constant": Constant(node, graph, x, begins, ends); break;
            case "edge": Repeat(node, graph, x, begins, ends, (index, size) => Math.Clamp(index, 0, size - 1)); break;
            case "reflect": Repeat(node, graph, x, begins, ends, Reflect); break;
            case string mode: throw node.Refuse($"mode '{mode}' is not supported; constant, edge and reflect are");
        }
    }

    private static void Constant(OnnxNode node, GraphBuilder graph, string x, int[] begins, int[] ends)
    {
        float value = node.HasInput(2) ? graph.Scalar(node, 2) : node.Float("value", 0);
        ImmutableArray<int> shape = [.. graph.Shape(x).Select((size, axis) => size + begins[axis] + ends[axis])];
        graph.Finish(node, new PadOperator([.. begins], [.. ends], value), [x], shape);
    }

    private static void Repeat(OnnxNode node, GraphBuilder graph, string x, int[] begins, int[] ends, Func<int, int, int> source)
    {
        for (int axis = 0; axis < begins.Length; axis++)
        {
            if (begins[axis] == 0 && ends[axis] == 0) continue;
            ImmutableArray<int> shape = graph.Shape(x);
            int size = shape[axis], padded = size + begins[axis] + ends[axis], first = -begins[axis];
            if (size == 0) throw node.Refuse("repeats the border of nothing");
            graph.Reserve(node, [padded]);
            ImmutableArray<int> indices = [.. Enumerable.Range(first, padded).Select(index => source(index, size))];
            x = graph.Add(node, new GatherOperator(axis, indices), [x], shape.SetItem(axis, padded));
        }
        graph.Alias(node, node.Outputs[0], x);
    }

    /// <summary>Bounces between the first and the last element.</summary>
    private static int Reflect(int index, int size)
    {
        int period = Math.Max(1, 2 * (size - 1)), phase = (index % period + period) % period;
        return Math.Min(phase, period - phase) % size;
    }

    private static (int[] Begins, int[] Ends) Amounts(OnnxNode node, GraphBuilder graph, int rank)
    {
        ImmutableArray<long> pads = (node.Opset >= 11 ? graph.Integers(node, 1) : node.Ints("pads")) ?? throw node.Refuse("'pads' is missing");
        ImmutableArray<long> axes = node.HasInput(3) ? graph.Integers(node, 3) : [.. Enumerable.Range(0, rank).Select(axis => (long)axis)];
        if (pads.Length != 2 * axes.Length) throw node.Refuse($"'pads' has {pads.Length} numbers, {2 * axes.Length} are expected");
        Shapes.Axes(node, axes, rank);
        int[] begins = new int[rank], ends = new int[rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = node.Axis(axes[i], rank);
            begins[axis] = node.Size(pads[i], "pads", -(1 << 24));
            ends[axis] = node.Size(pads[i + axes.Length], "pads", -(1 << 24));
        }
        return (begins, ends);
    }
}
