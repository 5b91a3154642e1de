using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using static Onnx.TensorProto.Types;

namespace Blindsight.Compiler.Onnx;

/// <summary>Operators that combine elements along axes.</summary>
internal static class ReductionOperators
{
    public static void ReduceSum(OnnxNode node, GraphBuilder graph) => Reduce(node, graph, ReduceKind.Sum);
    public static void ReduceMean(OnnxNode node, GraphBuilder graph) => Reduce(node, graph, ReduceKind.Mean);
    public static void ReduceMax(OnnxNode node, GraphBuilder graph) => Reduce(node, graph, ReduceKind.Max);
    public static void GlobalAveragePool(OnnxNode node, GraphBuilder graph) => Global(node, graph, ReduceKind.Mean);
    public static void GlobalMaxPool(OnnxNode node, GraphBuilder graph) => Global(node, graph, ReduceKind.Max);
    public static void Softmax(OnnxNode node, GraphBuilder graph) => Softmax(node, graph, logarithm: false);
    public static void LogSoftmax(OnnxNode node, GraphBuilder graph) => Softmax(node, graph, logarithm: true);

    public static void ArgMax(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        int axis = node.Axis(node.Int("axis", 0), graph.Rank(x));
        bool keep = node.Flag("keepdims", true);
        ImmutableArray<int> shape = Reduced(node, graph.Shape(x), [axis], keep, emptyIsZero: false);
        graph.Finish(node, new ArgMaxOperator(axis, keep, node.Flag("select_last_index", false)), [x], shape, DataType.Int64);
    }

    /// <summary>Axes are an attribute first, later an input; none means all, or with noop_with_empty_axes none.</summary>
    private static void Reduce(OnnxNode node, GraphBuilder graph, ReduceKind kind)
    {
        node.Expect(1, 2);
        string x = graph.Input(node, 0);
        ImmutableArray<long> stated = node.HasInput(1) ? graph.Integers(node, 1) : node.Ints("axes") ?? [];
        if (stated.IsEmpty && node.Flag("noop_with_empty_axes", false))
        {
            graph.Alias(node, node.Outputs[0], x);
            return;
        }
        int rank = graph.Rank(x);
        ImmutableArray<int> axes = stated.IsEmpty ? [.. Enumerable.Range(0, rank)] : Shapes.Axes(node, stated, rank);
        Finish(node, graph, x, kind, axes, node.Flag("keepdims", true));
    }

    private static void Global(OnnxNode node, GraphBuilder graph, ReduceKind kind)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        int rank = graph.Rank(x);
        if (rank < 3) throw node.Refuse($"pools a value of {rank} dimensions; a batch, channels and at least one more are needed");
        Finish(node, graph, x, kind, [.. Enumerable.Range(2, rank - 2)], keep: true);
    }

    private static void Finish(OnnxNode node, GraphBuilder graph, string x, ReduceKind kind, ImmutableArray<int> axes, bool keep)
    {
        if (kind == ReduceKind.Mean && !graph.Type(x).IsFloat()) throw node.Refuse($"averages {graph.Type(x)}; floats are supported");
        ImmutableArray<int> shape = Reduced(node, graph.Shape(x), axes, keep, emptyIsZero: kind == ReduceKind.Sum);
        graph.Finish(node, new ReduceOperator(kind, axes, keep), [x], shape);
    }

    private static ImmutableArray<int> Reduced(OnnxNode node, ImmutableArray<int> shape, ImmutableArray<int> axes, bool keep, bool emptyIsZero)
    {
        if (!emptyIsZero && axes.Any(axis => shape[axis] == 0)) throw node.Refuse("reduces an empty axis");
        IEnumerable<int> sizes = shape.Select((size, axis) => axes.Contains(axis) ? 1 : size);
        return [.. keep ? sizes : shape.Where((_, axis) => !axes.Contains(axis))];
    }

    private static void Softmax(OnnxNode node, GraphBuilder graph, bool logarithm)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        bool flatten = node.Opset < 13;
        int axis = node.Axis(node.Int("axis", flatten ? 1 : -1), graph.Rank(x), end: flatten);
        graph.Finish(node, new SoftmaxOperator(axis, logarithm, flatten), [x], graph.Shape(x));
    }
}
