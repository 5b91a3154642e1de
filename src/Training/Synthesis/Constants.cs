using System.Buffers.Binary;
using System.Collections.Immutable;
using Blindsight.Compiler;
using Onnx;
using static Onnx.TensorProto.Types;

namespace Blindsight.Training.Synthesis;

/// <summary>
/// The constants of a topology by name, with their shapes: initialisers, Constant nodes, and ConstantOfShape nodes that
/// repeat one number in place of weights.
/// </summary>
internal sealed class Constants
{
    private const int ElementsMax = 1 << 27;

    private readonly GraphProto _graph;
    private readonly Dictionary<string, TensorProto> _tensors = [];
    private readonly Dictionary<string, NodeProto> _nodes = [];

    public Constants(GraphProto graph)
    {
        _graph = graph;
        foreach (TensorProto tensor in graph.Initializer) _tensors[tensor.Name] = tensor;
        foreach (NodeProto node in graph.Node)
            if (node.OpType is "Constant" or "ConstantOfShape" && node.Output.Count > 0) _nodes[node.Output[0]] = node;
    }

    /// <summary>Whether the value is constant and of floats.</summary>
    public bool IsFloat(string name)
    {
        if (_tensors.TryGetValue(name, out TensorProto? tensor)) return tensor.DataType == (int)DataType.Float;
        return _nodes.TryGetValue(name, out NodeProto? node)
            && (Value(node)?.DataType ?? (int)DataType.Float) == (int)DataType.Float && (node.OpType == "ConstantOfShape" || Value(node) is not null);
    }

    /// <summary>The shape of a constant.</summary>
    /// <exception cref="GraphException">The shape is computed, or has more elements than are supported.</exception>
    public ImmutableArray<int> Shape(string name)
    {
        IEnumerable<long> sizes = _tensors.TryGetValue(name, out TensorProto? tensor) ? tensor.Dims
            : _nodes[name].OpType == "Constant" ? Value(_nodes[name])!.Dims : Integers(_nodes[name]);
        long elements = 1;
        ImmutableArray<int>.Builder shape = ImmutableArray.CreateBuilder<int>();
        foreach (long size in sizes)
        {
            if (size < 1 || size > ElementsMax || (elements *= size) > ElementsMax)
                throw new GraphException("", "", $"constant '{name}' has a dimension of {size}; 1 to {ElementsMax} elements are supported");
            shape.Add((int)size);
        }
        return shape.ToImmutable();
    }

    /// <summary>Puts initialisers in the place of constants of their names, and drops shapes that nothing reads any more.</summary>
    public void Replace(IReadOnlyList<TensorProto> tensors)
    {
        HashSet<string> replaced = [.. tensors.Select(tensor => tensor.Name)];
        RemoveWhere(_graph.Node, node => node.OpType is "Constant" or "ConstantOfShape" && replaced.Contains(node.Output[0]));
        HashSet<string> read = [.. _graph.Node.SelectMany(node => node.Input), .. _graph.Output.Select(output => output.Name)];
        RemoveWhere(_graph.Initializer, tensor => replaced.Contains(tensor.Name) || !read.Contains(tensor.Name));
        RemoveWhere(_graph.Input, input => _tensors.ContainsKey(input.Name));
        _graph.Initializer.Add(tensors);
    }

    private static void RemoveWhere<T>(Google.Protobuf.Collections.RepeatedField<T> items, Predicate<T> unwanted)
    {
        T[] kept = [.. items.Where(item => !unwanted(item))];
        items.Clear();
        items.Add(kept);
    }

    private static TensorProto? Value(NodeProto node) => node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T;

    /// <summary>The sizes that a ConstantOfShape node takes.</summary>
    private IEnumerable<long> Integers(NodeProto node)
    {
        string name = node.Input.Count > 0 ? node.Input[0] : "";
        TensorProto? sizes = _tensors.GetValueOrDefault(name) ?? (_nodes.TryGetValue(name, out NodeProto? constant) ? Value(constant) : null);
        if (sizes?.DataType != (int)DataType.Int64)
            throw new GraphException(node.Name.Length > 0 ? node.Name : node.Output[0], node.OpType, $"its shape '{name}' is not a constant");
        if (!sizes.HasRawData) return sizes.Int64Data;
        byte[] raw = sizes.RawData.ToByteArray();
        return Enumerable.Range(0, raw.Length / sizeof(long)).Select(i => BinaryPrimitives.ReadInt64LittleEndian(raw.AsSpan(sizeof(long) * i)));
    }
}
