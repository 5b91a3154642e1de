using System.Collections.Immutable;
using Onnx;

namespace Blindsight.Compiler.Onnx;

/// <summary>A node of the file with typed access to its attributes; what a node says is checked where it is read.</summary>
internal sealed class OnnxNode
{
    private readonly NodeProto _proto;
    private readonly Dictionary<string, AttributeProto> _attributes = [];

    public OnnxNode(NodeProto proto, int opset)
    {
        _proto = proto;
        Opset = opset;
        string output = proto.Output.Count > 0 ? proto.Output[0] : "";
        Name = proto.Name.Length > 0 ? proto.Name : output;
        Operator = proto.Domain is "" or "ai.onnx" ? proto.OpType : proto.Domain + "." + proto.OpType;
    }

    /// <summary>The name, or the first output's where there is none.</summary>
    public string Name { get; }

    /// <summary>The operator, with its domain in front where that is not the default one.</summary>
    public string Operator { get; }

    /// <summary>Version of the default operator set.</summary>
    public int Opset { get; }

    /// <summary>Names as in the file; empty where an optional input is left out.</summary>
    public IReadOnlyList<string> Inputs => _proto.Input;
    public IReadOnlyList<string> Outputs => _proto.Output;

    public bool HasInput(int index) => index < Inputs.Count && Inputs[index].Length > 0;
    public bool HasOutput(int index) => index < Outputs.Count && Outputs[index].Length > 0;

    /// <summary>Checks the number of inputs and that the attributes are sound.</summary>
    /// <exception cref="GraphException">Wrong number of inputs, no output, subgraphs, or an attribute given twice.</exception>
    public void Expect(int inputsMin, int inputsMax)
    {
        if (Inputs.Count < inputsMin || Inputs.Count > inputsMax)
            throw Refuse($"has {Inputs.Count} inputs, {(inputsMin == inputsMax ? $"{inputsMin}" : $"{inputsMin} to {inputsMax}")} are expected");
        for (int i = 0; i < inputsMin; i++)
            if (Inputs[i].Length == 0) throw Refuse($"input {i} is missing");
        if (!HasOutput(0)) throw Refuse("has no output");
        foreach (AttributeProto attribute in _proto.Attribute)
        {
            if (attribute.G is not null || attribute.Graphs.Count > 0) throw Refuse("has a nested graph, which is not supported");
            if (!_attributes.TryAdd(attribute.Name, attribute)) throw Refuse($"attribute '{attribute.Name}' is given twice");
        }
    }

    public bool HasAttribute(string name) => _attributes.ContainsKey(name);

    public long Int(string name, long otherwise) => _attributes.TryGetValue(name, out AttributeProto? a) ? a.I : otherwise;

    public bool Flag(string name, bool otherwise) => Int(name, otherwise ? 1 : 0) != 0;

    public float Float(string name, float otherwise) => _attributes.TryGetValue(name, out AttributeProto? a) ? a.F : otherwise;

    public string Text(string name, string otherwise) =>
        _attributes.TryGetValue(name, out AttributeProto? a) ? a.S.ToStringUtf8() : otherwise;

    /// <summary>A list of integers, or null where the attribute is absent.</summary>
    public ImmutableArray<long>? Ints(string name) =>
        _attributes.TryGetValue(name, out AttributeProto? a) ? [.. a.Ints] : null;

    public float[]? Floats(string name) => _attributes.TryGetValue(name, out AttributeProto? a) ? [.. a.Floats] : null;

    public TensorProto? Tensor(string name) => _attributes.TryGetValue(name, out AttributeProto? a) ? a.T : null;

    /// <summary>A list of a given length of integers in a range, or the same number everywhere where the attribute is absent.</summary>
    public ImmutableArray<int> Sizes(string name, int count, int otherwise, int least)
    {
        if (Ints(name) is not { } values) return [.. Enumerable.Repeat(otherwise, count)];
        if (values.Length != count) throw Refuse($"'{name}' has {values.Length} numbers, {count} are expected");
        return [.. values.Select(value => Size(value, name, least))];
    }

    /// <summary>A number checked to lie in [least, 2^24].</summary>
    public int Size(long value, string what, int least)
    {
        if (value < least || value > 1 << 24) throw Refuse($"'{what}' is {value}, outside [{least}, {1 << 24}]");
        return (int)value;
    }

    /// <summary>An axis counted from the front.</summary>
    /// <param name="end">Whether the axis after the last is allowed.</param>
    public int Axis(long axis, int rank, bool end = false)
    {
        int limit = end ? rank : rank - 1;
        if (axis < -rank || axis > limit) throw Refuse($"axis {axis} is outside a value of {rank} dimensions");
        return (int)(axis < 0 ? axis + rank : axis);
    }

    /// <summary>The exception that says what is wrong with this node.</summary>
    public GraphException Refuse(string message) => new(Name, Operator, message);
}
