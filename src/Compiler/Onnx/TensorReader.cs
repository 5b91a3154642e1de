using System.Buffers.Binary;
using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Google.Protobuf;
using Onnx;
using static Onnx.TensorProto.Types;

namespace Blindsight.Compiler.Onnx;

/// <summary>Reads tensors of any numeric type as floats. Nothing is allocated before the file is seen to hold the elements.</summary>
internal static class TensorReader
{
    /// <summary>The tensor's elements as floats; 64-bit numbers lose what a float cannot hold.</summary>
    /// <exception cref="GraphException">Elements missing or too many, an unsupported type, or data outside the file.</exception>
    public static FloatTensor Read(TensorProto tensor, OnnxNode node)
    {
        if (tensor.DataLocation == DataLocation.External || tensor.ExternalData.Count > 0)
            throw node.Refuse($"tensor '{tensor.Name}' keeps its data in another file, which is not supported");
        if (tensor.Segment is not null) throw node.Refuse($"tensor '{tensor.Name}' is segmented, which is not supported");
        ImmutableArray<int> shape = [.. tensor.Dims.Select(dimension => Dimension(dimension, tensor, node))];
        int elements = ImportBudget.Elements(node, shape.AsSpan());
        float[] data = tensor.HasRawData ? Raw(tensor, elements, node) : Listed(tensor, elements, node);
        return new FloatTensor(shape, data);
    }

    private static int Dimension(long dimension, TensorProto tensor, OnnxNode node) =>
        dimension is >= 0 and <= ImportBudget.ElementsMax
            ? (int)dimension : throw node.Refuse($"tensor '{tensor.Name}' has a dimension of {dimension}");

    private static float[] Listed(TensorProto tensor, int elements, OnnxNode node)
    {
        DataType type = (DataType)tensor.DataType;
        switch (type)
        {
            case DataType.Float: return Take(tensor.FloatData, x => x);
            case DataType.Double: return Take(tensor.DoubleData, x => (float)x);
            case DataType.Int64: return Take(tensor.Int64Data, x => (float)x);
            case DataType.Uint32 or DataType.Uint64: return Take(tensor.Uint64Data, x => (float)x);
            case DataType.Float16: return Take(tensor.Int32Data, x => (float)BitConverter.UInt16BitsToHalf((ushort)x));
            case DataType.Bfloat16: return Take(tensor.Int32Data, x => BitConverter.Int32BitsToSingle(x << 16));
            case DataType.Int32 or DataType.Int16 or DataType.Int8 or DataType.Uint16 or DataType.Uint8 or DataType.Bool:
                return Take(tensor.Int32Data, x => (float)x);
            default: throw Unsupported(tensor, type, node);
        }

        float[] Take<T>(IReadOnlyList<T> values, Func<T, float> convert)
        {
            if (values.Count != elements) throw WrongCount(tensor, values.Count, elements, node);
            float[] data = new float[elements];
            for (int i = 0; i < elements; i++) data[i] = convert(values[i]);
            return data;
        }
    }

    private static float[] Raw(TensorProto tensor, int elements, OnnxNode node)
    {
        DataType type = (DataType)tensor.DataType;
        ReadOnlySpan<byte> bytes = tensor.RawData.Span;
        int size = ElementBytes(type);
        if (size == 0) throw Unsupported(tensor, type, node);
        if (bytes.Length != (long)elements * size) throw WrongCount(tensor, bytes.Length / size, elements, node);
        float[] data = new float[elements];
        for (int i = 0; i < elements; i++) data[i] = Element(type, bytes.Slice(i * size, size));
        return data;
    }

    private static int ElementBytes(DataType type) => type switch
    {
        DataType.Int8 or DataType.Uint8 or DataType.Bool => 1,
        DataType.Int16 or DataType.Uint16 or DataType.Float16 or DataType.Bfloat16 => 2,
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Double or DataType.Int64 or DataType.Uint64 => 8,
        _ => 0,
    };

    private static float Element(DataType type, ReadOnlySpan<byte> bytes) => type switch
    {
        DataType.Float => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        DataType.Double => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        DataType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        DataType.Bfloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes) << 16),
        DataType.Int8 => (sbyte)bytes[0],
        DataType.Uint8 or DataType.Bool => bytes[0],
        DataType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        DataType.Uint16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        DataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        DataType.Uint32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        DataType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    private static GraphException WrongCount(TensorProto tensor, int found, int expected, OnnxNode node) =>
        node.Refuse($"tensor '{tensor.Name}' holds {found} elements, its shape asks for {expected}");

    private static GraphException Unsupported(TensorProto tensor, DataType type, OnnxNode node) =>
        node.Refuse($"tensor '{tensor.Name}' has elements of type {type}; numbers and booleans are supported");
}
