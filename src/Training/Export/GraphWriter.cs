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
    public string Constant(string owner, Parameter parameter, params ReadOnlySpan<int> shape)
    {
        byte[] bytes = new byte[sizeof(float) * parameter.Values.Length];
        for (int i = 0; i < parameter.Values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), parameter.Values[i]);
        TensorProto tensor = new()
        {
            Name = $"{owner}.{parameter.Name}",
            DataType = (int)TensorProto.Types.DataType.Float,
            RawData = UnsafeByteOperations.UnsafeWrap(bytes),
        };
        foreach (int size in shape) tensor.Dims.Add(size);
        Graph.Initializer.Add(tensor);
        return tensor.Name;
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

    /// <summary>The attributes of a pooling window; the builder makes windows without padding and dilation only.</summary>
    public NodeWriter Window(PoolGeometry geometry) => this
        .Attribute("kernel_shape", [geometry.KernelHeight, geometry.KernelWidth])
        .Attribute("strides", [geometry.StrideHeight, geometry.StrideWidth]);

    private NodeWriter Add(AttributeProto attribute)
    {
        node.Attribute.Add(attribute);
        return this;
    }
}
