using Google.Protobuf;
using Onnx;
using static Onnx.TensorProto.Types;

namespace Blindsight.Unit.Compiler.Onnx;

/// <summary>Builds small ONNX models.</summary>
internal sealed class Models(int opset)
{
    private readonly ModelProto _model = new()
    {
        IrVersion = 8,
        OpsetImport = { new OperatorSetIdProto { Version = opset } },
        Graph = new GraphProto { Name = "test" },
    };

    public GraphProto Graph => _model.Graph;

    /// <summary>Adds an input; a negative dimension is open.</summary>
    public Models Input(string name, params long[] shape)
    {
        TensorShapeProto dimensions = new();
        foreach (long size in shape)
            dimensions.Dim.Add(size < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = "open" } : new TensorShapeProto.Types.Dimension { DimValue = size });
        TypeProto type = new() { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = dimensions } };
        Graph.Input.Add(new ValueInfoProto { Name = name, Type = type });
        return this;
    }

    public Models Floats(string name, long[] shape, params float[] data)
    {
        Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)DataType.Float, Dims = { shape }, FloatData = { data } });
        return this;
    }

    public Models Ints(string name, params long[] data)
    {
        Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)DataType.Int64, Dims = { data.Length }, Int64Data = { data } });
        return this;
    }

    public Models Node(string op, string[] inputs, string output, params AttributeProto[] attributes)
    {
        Graph.Node.Add(new NodeProto { Name = "the " + output, OpType = op, Input = { inputs }, Output = { output }, Attribute = { attributes } });
        return this;
    }

    public byte[] Output(params string[] names)
    {
        foreach (string name in names) Graph.Output.Add(new ValueInfoProto { Name = name });
        return _model.ToByteArray();
    }

    public static AttributeProto Attribute(string name, params long[] values) => new() { Name = name, Ints = { values } };
    public static AttributeProto Number(string name, long value) => new() { Name = name, I = value };
    public static AttributeProto Number(string name, float value) => new() { Name = name, F = value };
    public static AttributeProto Text(string name, string value) => new() { Name = name, S = ByteString.CopyFromUtf8(value) };
}
