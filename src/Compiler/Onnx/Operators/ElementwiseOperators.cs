using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using static Onnx.TensorProto.Types;

namespace Blindsight.Compiler.Onnx;

/// <summary>Operators that work element by element.</summary>
internal static class ElementwiseOperators
{
    public static void Add(OnnxNode node, GraphBuilder graph) => Arithmetic(node, graph, BinaryKind.Add);
    public static void Sub(OnnxNode node, GraphBuilder graph) => Arithmetic(node, graph, BinaryKind.Sub);
    public static void Mul(OnnxNode node, GraphBuilder graph) => Arithmetic(node, graph, BinaryKind.Mul);
    public static void Sum(OnnxNode node, GraphBuilder graph) => Chain(node, graph, BinaryKind.Add);
    public static void Min(OnnxNode node, GraphBuilder graph) => Chain(node, graph, BinaryKind.Min);
    public static void Max(OnnxNode node, GraphBuilder graph) => Chain(node, graph, BinaryKind.Max);
    public static void Neg(OnnxNode node, GraphBuilder graph) => Unary(node, graph, UnaryKind.Negate);
    public static void Relu(OnnxNode node, GraphBuilder graph) => Unary(node, graph, UnaryKind.Relu);
    public static void Sigmoid(OnnxNode node, GraphBuilder graph) => Unary(node, graph, UnaryKind.Sigmoid);
    public static void Tanh(OnnxNode node, GraphBuilder graph) => Unary(node, graph, UnaryKind.Tanh);

    /// <summary>Division; of integers only where both are known, because it rounds towards zero.</summary>
    public static void Div(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 2);
        string x = graph.Input(node, 0), y = graph.Input(node, 1);
        if (graph.Type(x).IsFloat())
        {
            Arithmetic(node, graph, BinaryKind.Div);
            return;
        }
        FloatTensor a = graph.Constant(node, 0), b = graph.Constant(node, 1);
        if (b.Data.Contains(0)) throw node.Refuse("an integer is divided by zero");
        string quotient = graph.Add(node, new BinaryOperator(BinaryKind.Div), [x, y], Shapes.Broadcast(node, a.Shape, b.Shape));
        FloatTensor exact = graph.TryConstant(quotient) ?? throw node.Refuse("is too large a computation on constants");
        FloatTensor truncated = new(exact.Shape, Array.ConvertAll(exact.Data, MathF.Truncate));
        graph.Define(node, node.Outputs[0], truncated, graph.Type(x));
    }

    /// <summary>Powers; a constant exponent of 2 is a square, of 1 nothing.</summary>
    public static void Pow(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 2);
        string x = graph.Input(node, 0), exponent = LegacyBroadcast.Align(node, graph, x, graph.Input(node, 1));
        ImmutableArray<int> shape = Shapes.Broadcast(node, graph.Shape(x), graph.Shape(exponent));
        float? uniform = graph.TryConstant(exponent) is { Data.Length: > 0 } known && known.Data.All(e => e == known.Data[0])
            && shape.SequenceEqual(graph.Shape(x)) ? known.Data[0] : null;
        if (uniform == 1) graph.Alias(node, node.Outputs[0], x);
        else if (uniform == 2) graph.Finish(node, new UnaryOperator(UnaryKind.Square), [x], shape);
        else graph.Finish(node, new BinaryOperator(BinaryKind.Pow), [x, exponent], shape);
    }

    /// <summary>Bounds are attributes before version 11, then optional inputs.</summary>
    public static void Clip(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 3);
        string x = graph.Input(node, 0);
        ImmutableArray<int> shape = graph.Shape(x);
        string? low = node.HasInput(1) ? graph.Input(node, 1) : null, high = node.HasInput(2) ? graph.Input(node, 2) : null;
        if (Known(low) && Known(high))
        {
            float least = low is null ? node.Float("min", float.NegativeInfinity) : graph.Scalar(node, 1);
            float most = high is null ? node.Float("max", float.PositiveInfinity) : graph.Scalar(node, 2);
            graph.Finish(node, new ClipOperator(least, most), [x], shape);
            return;
        }
        if (low is not null) x = graph.Add(node, new BinaryOperator(BinaryKind.Max), [x, low], Shapes.Broadcast(node, shape, graph.Shape(low)));
        if (high is not null) x = graph.Add(node, new BinaryOperator(BinaryKind.Min), [x, high], Shapes.Broadcast(node, shape, graph.Shape(high)));
        graph.Alias(node, node.Outputs[0], x);

        bool Known(string? bound) => bound is null || graph.TryConstant(bound) is not null;
    }

    public static void LeakyRelu(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        graph.Finish(node, new LeakyReluOperator(node.Float("alpha", 0.01f)), [x], graph.Shape(x));
    }

    /// <summary>Before version 7 a list of slopes belongs to the channels.</summary>
    public static void PRelu(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 2);
        string x = graph.Input(node, 0), slope = graph.Input(node, 1);
        if (node.Opset < 7 && graph.Rank(slope) == 1 && graph.Rank(x) > 2)
        {
            ImmutableArray<int> perChannel = [graph.Shape(slope)[0], .. Enumerable.Repeat(1, graph.Rank(x) - 2)];
            slope = graph.Add(node, new ReshapeOperator(), [slope], perChannel);
        }
        if (!Shapes.Broadcast(node, graph.Shape(x), graph.Shape(slope)).SequenceEqual(graph.Shape(x)))
            throw node.Refuse($"slopes of shape {Shapes.Text(graph.Shape(slope))} do not fit {Shapes.Text(graph.Shape(x))}");
        graph.Finish(node, new PReluOperator(), [x, slope], graph.Shape(x));
    }

    private static void Unary(OnnxNode node, GraphBuilder graph, UnaryKind kind)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        graph.Finish(node, new UnaryOperator(kind), [x], graph.Shape(x));
    }

    private static void Arithmetic(OnnxNode node, GraphBuilder graph, BinaryKind kind)
    {
        node.Expect(2, 2);
        string x = graph.Input(node, 0), y = LegacyBroadcast.Align(node, graph, x, graph.Input(node, 1));
        DataType type = graph.Type(x);
        if (!type.IsFloat() && !type.IsWideInteger()) throw node.Refuse($"works on {type}; supported are floats and integers of at least 32 bits");
        ImmutableArray<int> shape = Shapes.Broadcast(node, graph.Shape(x), graph.Shape(y));
        if (kind == BinaryKind.Mul && x == y) graph.Finish(node, new UnaryOperator(UnaryKind.Square), [x], shape);
        else graph.Finish(node, new BinaryOperator(kind), [x, y], shape);
    }

    /// <summary>f(f(a, b), c) and so on.</summary>
    private static void Chain(OnnxNode node, GraphBuilder graph, BinaryKind kind)
    {
        node.Expect(1, int.MaxValue);
        string result = graph.Input(node, 0);
        for (int i = 1; i < node.Inputs.Count; i++)
        {
            string next = graph.Input(node, i);
            ImmutableArray<int> shape = Shapes.Broadcast(node, graph.Shape(result), graph.Shape(next));
            if (i == node.Inputs.Count - 1) graph.Finish(node, new BinaryOperator(kind), [result, next], shape);
            else result = graph.Add(node, new BinaryOperator(kind), [result, next], shape);
        }
        if (node.Inputs.Count == 1) graph.Alias(node, node.Outputs[0], result);
    }
}
