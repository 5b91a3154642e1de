using System.Buffers.Binary;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Onnx;

namespace Blindsight.Training.Export;

/// <summary>Appends values, constants and nodes to an ONNX graph.</summary>
internal sealed class GraphWriter(string name)
{
    public GraphProto Graph { get; } = new() { Name = name };

    /// <summary>Declares an input or output of the graph with an open batch.</summary>
    public void Declare(RepeatedField<ValueInfoProto> values, string value, FeatureShape shape)
    {
        TensorShapeProto dimensions = new() { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        int[] sizes = shape.IsVector ? [shape.Channels] : [shape.Channels, shape.Height, shape.Width];
        foreach (int size in sizes) dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        values.Add(new ValueInfoProto
        {
            Name = value,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = dimensions },
            },
        });
    }

    /// <summary>Adds a parameter as an initialiser and returns its name.</summary>
    public string Constant(string owner, Parameter parameter, params ReadOnlySpan<int> shape) =>
        Constant($"{owner}.{parameter.Name}", parameter.Values, shape);

    /// <summary>Adds numbers as an initialiser and returns its name.</summary>
    public string Constant(string name, ReadOnlySpan<float> values, ReadOnlySpan<int> shape)
    {
        byte[] bytes = new byte[sizeof(float) * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), values[i]);
        TensorProto tensor = new()
        {
            Name = name,
            DataType = (int)TensorProto.Types.DataType.Float,
            RawData = UnsafeByteOperations.UnsafeWrap(bytes),
        };
        foreach (int size in shape) tensor.Dims.Add(size);
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a number as an initialiser and returns its name.</summary>
    public string Constant(string name, float value)
    {
        Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, FloatData = { value } });
        return name;
    }

    /// <summary>Adds a list of integers as an initialiser and returns its name.</summary>
    public string Constant(string name, params ReadOnlySpan<long> values)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)TensorProto.Types.DataType.Int64, Dims = { values.Length } };
        foreach (long value in values) tensor.Int64Data.Add(value);
        Graph.Initializer.Add(tensor);
        return name;
    }

    /// <summary>Adds a node with one output.</summary>
    public NodeWriter Node(string @operator, IEnumerable<string> inputs, string output)
    {
        NodeProto node = new() { OpType = @operator, Name = $"{@operator}_{output}", Output = { output } };
        node.Input.AddRange(inputs);
        Graph.Node.Add(node);
        return new NodeWriter(node);
    }
}

/// <summary>Adds attributes to a node.</summary>
internal readonly struct NodeWriter(NodeProto node)
{
    public NodeWriter Attribute(string name, float value) =>
        Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value });

    public NodeWriter Attribute(string name, int value) =>
        Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });

    public NodeWriter Attribute(string name, params ReadOnlySpan<int> values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (int value in values) attribute.Ints.Add(value);
        return Add(attribute);
    }

    /// <summary>The attributes of a pooling window; padding and dilation only where there is some.</summary>
    /// <exception cref="ArgumentException">An average over a dilated window, which the operator set has no node for.</exception>
    public NodeWriter Window(PoolGeometry geometry)
    {
        NodeWriter writer = Attribute("kernel_shape", [geometry.KernelHeight, geometry.KernelWidth])
            .Attribute("strides", [geometry.StrideHeight, geometry.StrideWidth]);
        int[] pads = [geometry.PadTop, geometry.PadLeft, geometry.EndPadHeight, geometry.EndPadWidth];
        if (pads.Any(pad => pad > 0)) writer.Attribute("pads", pads);
        if ((geometry.DilationHeight, geometry.DilationWidth) == (1, 1)) return writer;
        if (node.OpType == "AveragePool") throw new ArgumentException("Averages over dilated windows have no ONNX operator in this set.");
        return writer.Attribute("dilations", [geometry.DilationHeight, geometry.DilationWidth]);
    }

    private NodeWriter Add(AttributeProto attribute)
    {
        node.Attribute.Add(attribute);
        return this;
    }
}
