using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Onnx;
using static Onnx.TensorProto.Types;

namespace Blindsight.Compiler.Onnx;

/// <summary>Operators that leave nothing to compute: constants, shapes, and what is an identity at inference.</summary>
internal static class ConstantOperators
{
    public static void Constant(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(0, 0);
        if (node.Tensor("value") is { } tensor)
            graph.Define(node, node.Outputs[0], TensorReader.Read(tensor, node), (DataType)tensor.DataType);
        else if (node.HasAttribute("value_float"))
            graph.Define(node, node.Outputs[0], new([], [node.Float("value_float", 0)]), DataType.Float);
        else if (node.HasAttribute("value_int"))
            graph.Define(node, node.Outputs[0], new([], [node.Int("value_int", 0)]), DataType.Int64);
        else if (node.Floats("value_floats") is { } floats && node.HasAttribute("value_floats"))
            graph.Define(node, node.Outputs[0], new([floats.Length], floats), DataType.Float);
        else if (node.Ints("value_ints") is { } ints)
            graph.Define(node, node.Outputs[0], new([ints.Length], [.. ints.Select(x => (float)x)]), DataType.Int64);
        else throw node.Refuse("holds neither a tensor nor numbers, which are what is supported");
    }

    public static void ConstantOfShape(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        ImmutableArray<int> shape = [.. graph.Integers(node, 0).Select(size => node.Size(size, "shape", 0))];
        float value = 0;
        DataType type = DataType.Float;
        if (node.Tensor("value") is { } tensor)
        {
            FloatTensor single = TensorReader.Read(tensor, node);
            if (single.Data.Length != 1) throw node.Refuse($"'value' has {single.Data.Length} elements, one is expected");
            (value, type) = (single.Data[0], (DataType)tensor.DataType);
        }
        graph.Reserve(node, shape);
        float[] data = new float[FloatTensor.Count(shape)];
        Array.Fill(data, value);
        graph.Define(node, node.Outputs[0], new FloatTensor(shape, data), type);
    }

    public static void Shape(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        ImmutableArray<int> shape = graph.Shape(graph.Input(node, 0));
        int start = Clamp(node.Int("start", 0)), end = Clamp(node.Int("end", shape.Length));
        ImmutableArray<int> sizes = start < end ? shape[start..end] : [];
        graph.Define(node, node.Outputs[0], new([sizes.Length], [.. sizes.Select(size => (float)size)]), DataType.Int64);

        int Clamp(long axis) => (int)Math.Clamp(axis < 0 ? axis + shape.Length : axis, 0, shape.Length);
    }

    /// <summary>Known values are converted; others only where that changes nothing.</summary>
    public static void Cast(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        string x = graph.Input(node, 0);
        DataType from = graph.Type(x), to = (DataType)node.Int("to", 0);
        if (!to.IsSupported()) throw node.Refuse($"converts to {to}; numbers and booleans are supported");
        if (graph.TryConstant(x) is { } known)
        {
            graph.Reserve(node, known.Shape);
            graph.Define(node, node.Outputs[0], new(known.Shape, Array.ConvertAll(known.Data, value => Convert(value, to))), to);
        }
        else if (to.IsFloat() || from == to || (from.IsWideInteger() && to.IsWideInteger()))
            graph.Finish(node, new ReshapeOperator(), [x], graph.Shape(x), to);
        else throw node.Refuse($"converts from {from} to {to}; of values that are not constant, conversions to floats are supported");
    }

    public static void Identity(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 1);
        graph.Alias(node, node.Outputs[0], graph.Input(node, 0));
    }

    /// <summary>Nothing at inference.</summary>
    public static void Dropout(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 3);
        if (node.HasInput(2) && graph.Scalar(node, 2) != 0) throw node.Refuse("training_mode is set; only inference is supported");
        graph.Absent(node, 1);
        graph.Alias(node, node.Outputs[0], graph.Input(node, 0));
    }

    private static float Convert(float value, DataType to) =>
        to == DataType.Bool ? (value != 0 ? 1 : 0) : to == DataType.Float16 ? (float)(Half)value
        : to.IsFloat() ? value : MathF.Truncate(value);
}
