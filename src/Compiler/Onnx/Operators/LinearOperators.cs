using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Onnx;

/// <summary>Matrix products and batch normalisation.</summary>
internal static class LinearOperators
{
    public static void MatMul(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 2);
        string a = graph.Input(node, 0), b = graph.Input(node, 1);
        graph.Finish(node, new MatMulOperator(), [a, b], Product(node, graph.Shape(a), graph.Shape(b)));
    }

    /// <summary>alpha * a' * b' + beta * c in steps; factors and transpositions of constants are folded.</summary>
    public static void Gemm(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 3);
        string a = Matrix(node, graph, 0, "transA"), b = Matrix(node, graph, 1, "transB");
        ImmutableArray<int> shape = Product(node, graph.Shape(a), graph.Shape(b));
        float alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
        bool scalesA = graph.TryConstant(b) is null && graph.TryConstant(a) is not null;
        if (scalesA) a = Scale(node, graph, a, alpha);
        else b = Scale(node, graph, b, alpha);
        if (!node.HasInput(2) || beta == 0)
        {
            graph.Finish(node, new MatMulOperator(), [a, b], shape);
            return;
        }
        string product = graph.Add(node, new MatMulOperator(), [a, b], shape), c = Scale(node, graph, graph.Input(node, 2), beta);
        if (!Shapes.Broadcast(node, shape, graph.Shape(c)).SequenceEqual(shape))
            throw node.Refuse($"a summand of shape {Shapes.Text(graph.Shape(c))} does not fit {Shapes.Text(shape)}");
        graph.Finish(node, new BinaryOperator(BinaryKind.Add), [product, c], shape);
    }

    /// <summary>Inference only: statistics of the batch are not computed.</summary>
    public static void BatchNormalization(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(5, 5);
        if (node.Flag("training_mode", false)) throw node.Refuse("training_mode is set; only inference is supported");
        if (!node.Flag("spatial", true)) throw node.Refuse("spatial = 0 is set; only statistics for a whole channel are supported");
        string[] inputs = [.. Enumerable.Range(0, 5).Select(i => graph.Input(node, i))];
        ImmutableArray<int> shape = graph.Shape(inputs[0]);
        if (shape.Length < 2) throw node.Refuse($"normalises a value of shape {Shapes.Text(shape)}; a batch and channels are needed");
        foreach (string parameter in inputs[1..])
            if (!graph.Shape(parameter).SequenceEqual([shape[1]]))
                throw node.Refuse($"'{parameter}' has shape {Shapes.Text(graph.Shape(parameter))}, {shape[1]} channels are expected");
        for (int output = 1; output < node.Outputs.Count; output++) graph.Absent(node, output);
        graph.Finish(node, new BatchNormalizationOperator(node.Float("epsilon", 1e-5f)), [.. inputs], shape);
    }

    private static string Matrix(OnnxNode node, GraphBuilder graph, int index, string transposed)
    {
        string value = graph.Input(node, index);
        ImmutableArray<int> shape = graph.Shape(value);
        if (shape.Length != 2) throw node.Refuse($"input {index} has shape {Shapes.Text(shape)}, a matrix is expected");
        return node.Flag(transposed, false) ? graph.Add(node, new TransposeOperator([1, 0]), [value], [shape[1], shape[0]]) : value;
    }

    private static string Scale(OnnxNode node, GraphBuilder graph, string value, float factor)
    {
        if (factor == 1) return value;
        string scalar = graph.Temporary(node, new FloatTensor([], [factor]));
        return graph.Add(node, new BinaryOperator(BinaryKind.Mul), [value, scalar], graph.Shape(value));
    }

    /// <summary>The shape of NumPy's matmul.</summary>
    private static ImmutableArray<int> Product(OnnxNode node, ImmutableArray<int> a, ImmutableArray<int> b)
    {
        if (a.Length == 0 || b.Length == 0) throw node.Refuse("multiplies a scalar; lists and matrices are supported");
        ImmutableArray<int> left = a.Length == 1 ? [1, a[0]] : a, right = b.Length == 1 ? [b[0], 1] : b;
        if (left[^1] != right[^2]) throw node.Refuse($"shapes {Shapes.Text(a)} and {Shapes.Text(b)} do not multiply");
        ImmutableArray<int> shape = Shapes.Broadcast(node, left[..^2], right[..^2]);
        if (a.Length > 1) shape = shape.Add(left[^2]);
        return b.Length > 1 ? shape.Add(right[^1]) : shape;
    }
}
