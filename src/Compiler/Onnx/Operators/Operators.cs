using System.Collections.Frozen;

namespace Blindsight.Compiler.Onnx;

/// <summary>The ONNX operators that can be imported, each with the method that does it.</summary>
internal static class Operators
{
    private static readonly FrozenDictionary<string, Action<OnnxNode, GraphBuilder>> Known =
        new Dictionary<string, Action<OnnxNode, GraphBuilder>>
        {
            ["Add"] = ElementwiseOperators.Add,
            ["ArgMax"] = ReductionOperators.ArgMax,
            ["AveragePool"] = WindowOperators.AveragePool,
            ["BatchNormalization"] = LinearOperators.BatchNormalization,
            ["Cast"] = ConstantOperators.Cast,
            ["Clip"] = ElementwiseOperators.Clip,
            ["Concat"] = PartOperators.Concat,
            ["Constant"] = ConstantOperators.Constant,
            ["ConstantOfShape"] = ConstantOperators.ConstantOfShape,
            ["Conv"] = WindowOperators.Convolution,
            ["Div"] = ElementwiseOperators.Div,
            ["Dropout"] = ConstantOperators.Dropout,
            ["Flatten"] = ShapeOperators.Flatten,
            ["Gather"] = PartOperators.Gather,
            ["Gemm"] = LinearOperators.Gemm,
            ["GlobalAveragePool"] = ReductionOperators.GlobalAveragePool,
            ["GlobalMaxPool"] = ReductionOperators.GlobalMaxPool,
            ["Identity"] = ConstantOperators.Identity,
            ["LeakyRelu"] = ElementwiseOperators.LeakyRelu,
            ["LogSoftmax"] = ReductionOperators.LogSoftmax,
            ["MatMul"] = LinearOperators.MatMul,
            ["Max"] = ElementwiseOperators.Max,
            ["MaxPool"] = WindowOperators.MaxPool,
            ["Min"] = ElementwiseOperators.Min,
            ["Mul"] = ElementwiseOperators.Mul,
            ["Neg"] = ElementwiseOperators.Neg,
            ["PRelu"] = ElementwiseOperators.PRelu,
            ["Pad"] = PadOperators.Pad,
            ["Pow"] = ElementwiseOperators.Pow,
            ["ReduceMax"] = ReductionOperators.ReduceMax,
            ["ReduceMean"] = ReductionOperators.ReduceMean,
            ["ReduceSum"] = ReductionOperators.ReduceSum,
            ["Relu"] = ElementwiseOperators.Relu,
            ["Reshape"] = ShapeOperators.Reshape,
            ["Shape"] = ConstantOperators.Shape,
            ["Sigmoid"] = ElementwiseOperators.Sigmoid,
            ["Slice"] = PartOperators.Slice,
            ["Softmax"] = ReductionOperators.Softmax,
            ["Split"] = PartOperators.Split,
            ["Squeeze"] = ShapeOperators.Squeeze,
            ["Sub"] = ElementwiseOperators.Sub,
            ["Sum"] = ElementwiseOperators.Sum,
            ["Tanh"] = ElementwiseOperators.Tanh,
            ["Transpose"] = ShapeOperators.Transpose,
            ["Unsqueeze"] = ShapeOperators.Unsqueeze,
        }.ToFrozenDictionary();

    /// <summary>Names of all operators, sorted.</summary>
    public static IEnumerable<string> Names => Known.Keys.Order(StringComparer.Ordinal);

    /// <exception cref="GraphException">The operator is not supported; the message lists those that are.</exception>
    public static Action<OnnxNode, GraphBuilder> Find(OnnxNode node) =>
        Known.TryGetValue(node.Operator, out Action<OnnxNode, GraphBuilder>? import)
            ? import : throw node.Refuse($"the operator is not supported; supported are {string.Join(", ", Names)}");
}
