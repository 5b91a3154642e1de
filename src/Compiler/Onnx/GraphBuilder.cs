using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Reference;
using static Onnx.TensorProto.Types;

namespace Blindsight.Compiler.Onnx;

/// <summary>
/// The graph under construction: values by name with shape and element type. A node whose inputs are all known is
/// evaluated at once and leaves a constant.
/// </summary>
internal sealed class GraphBuilder(ImportBudget budget)
{
    private readonly List<string> _inputs = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, FloatTensor> _constants = [];
    private readonly Dictionary<string, ImmutableArray<int>> _shapes = [];
    private readonly Dictionary<string, DataType> _types = [];
    private readonly Dictionary<string, string> _aliases = [];
    private readonly Dictionary<string, GraphException> _absent = [];
    private int _temporaries;

    public bool IsDefined(string name) => _shapes.ContainsKey(name) || _aliases.ContainsKey(name);

    /// <summary>The value that an input of a node stands for.</summary>
    /// <exception cref="GraphException">No such input, or nothing before the node defines it.</exception>
    public string Input(OnnxNode node, int index)
    {
        if (!node.HasInput(index)) throw node.Refuse($"input {index} is missing");
        string name = node.Inputs[index];
        if (_aliases.TryGetValue(name, out string? original)) return original;
        if (_shapes.ContainsKey(name)) return name;
        throw _absent.TryGetValue(name, out GraphException? reason)
            ? reason : node.Refuse($"nothing before it defines its input '{name}'");
    }

    public ImmutableArray<int> Shape(string value) => _shapes[value];

    public int Rank(string value) => _shapes[value].Length;

    public DataType Type(string value) => _types[value];

    public FloatTensor? TryConstant(string value) => _constants.GetValueOrDefault(value);

    /// <summary>The elements of an input that has to be known.</summary>
    public FloatTensor Constant(OnnxNode node, int index) =>
        TryConstant(Input(node, index))
        ?? throw node.Refuse($"input {index} ('{node.Inputs[index]}') has to be constant; the model computes it from its inputs");

    /// <summary>A list of integers that has to be known.</summary>
    /// <param name="countMax">How many make sense: two an axis, unless stated.</param>
    public ImmutableArray<long> Integers(OnnxNode node, int index, int countMax = 2 * ImportBudget.RankMax)
    {
        FloatTensor tensor = Constant(node, index);
        if (tensor.Data.Length > countMax) throw node.Refuse($"input {index} has {tensor.Data.Length} elements, at most {countMax} make sense");
        if (tensor.Shape.Length > 1) throw node.Refuse($"input {index} has {tensor.Shape.Length} dimensions, a list is expected");
        return [.. tensor.Data.Select(x => (long)x)];
    }

    /// <summary>A number that has to be known.</summary>
    public float Scalar(OnnxNode node, int index)
    {
        FloatTensor tensor = Constant(node, index);
        return tensor.Data.Length == 1 ? tensor.Data[0] : throw node.Refuse($"input {index} has {tensor.Data.Length} elements, one is expected");
    }

    public void DefineInput(OnnxNode node, string name, ImmutableArray<int> shape, DataType type)
    {
        Declare(node, name, shape, type);
        _inputs.Add(name);
    }

    /// <summary>Defines a constant that the file holds.</summary>
    public void Define(OnnxNode node, string name, FloatTensor value, DataType type)
    {
        Declare(node, name, value.Shape, type);
        _constants[name] = value;
    }

    /// <summary>Adds a constant under a made-up name.</summary>
    public string Temporary(OnnxNode node, FloatTensor value, DataType type = DataType.Float)
    {
        string name = Fresh(node);
        Define(node, name, value, type);
        return name;
    }

    /// <summary>Makes an output another name of a value.</summary>
    public void Alias(OnnxNode node, string output, string value)
    {
        if (IsDefined(output)) throw node.Refuse($"value '{output}' is defined twice");
        _aliases[output] = value;
    }

    /// <summary>Says why an optional output cannot be used.</summary>
    public void Absent(OnnxNode node, int output)
    {
        if (node.HasOutput(output)) _absent[node.Outputs[output]] = node.Refuse($"output {output} is used, which is not supported");
    }

    /// <summary>Adds a step with a made-up output.</summary>
    public string Add(OnnxNode node, Operator op, ImmutableArray<string> inputs, ImmutableArray<int> shape) =>
        Add(node, op, inputs, shape, Fresh(node), Type(inputs[0]));

    /// <summary>Adds the step that makes the node's first output.</summary>
    public void Finish(OnnxNode node, Operator op, ImmutableArray<string> inputs, ImmutableArray<int> shape, DataType? type = null) =>
        Add(node, op, inputs, shape, node.Outputs[0], type ?? Type(inputs[0]));

    /// <summary>Adds a step, or its result where all inputs are known and evaluating it is within the budget.</summary>
    public string Add(
        OnnxNode node, Operator op, ImmutableArray<string> inputs, ImmutableArray<int> shape, string output, DataType type)
    {
        int elements = Declare(node, output, shape, type);
        Node step = new(node.Name, node.Operator, op, inputs, output);
        long steps = elements * OperatorCost.StepsPerElement(op, inputs.Select(Shape).ToArray());
        if (inputs.All(_constants.ContainsKey) && budget.TrySpendSteps(steps))
        {
            budget.SpendElements(node, elements);
            _constants[output] = FloatReference.Evaluate(step, [.. inputs.Select(input => _constants[input])], shape);
        }
        else _nodes.Add(step);
        return output;
    }

    /// <summary>Accounts for a constant about to be made by other means than Add.</summary>
    public void Reserve(OnnxNode node, ImmutableArray<int> shape) =>
        budget.SpendElements(node, ImportBudget.Elements(node, shape.AsSpan()));

    /// <summary>The graph of what the outputs depend on.</summary>
    public Graph Build(string name, ImmutableArray<string> outputs)
    {
        foreach (string output in outputs) SettleOutput(output);
        HashSet<string> used = [.. outputs, .. _inputs];
        List<Node> kept = [];
        foreach (Node node in Enumerable.Reverse(_nodes))
        {
            if (!used.Contains(node.Output)) continue;
            kept.Add(node);
            used.UnionWith(node.Inputs);
        }
        kept.Reverse();
        return new Graph
        {
            Name = name,
            Inputs = [.. _inputs],
            Outputs = outputs,
            Nodes = [.. kept],
            Constants = _constants.Where(pair => used.Contains(pair.Key)).ToImmutableDictionary(),
            Shapes = _shapes.Where(pair => used.Contains(pair.Key)).ToImmutableDictionary(),
        };
    }

    /// <summary>An output that is only another name of a value becomes a copy, so that outputs keep their names.</summary>
    private void SettleOutput(string output)
    {
        if (_aliases.Remove(output, out string? original))
        {
            OnnxNode copy = new(new global::Onnx.NodeProto { OpType = "Identity", Output = { output } }, 0);
            Finish(copy, new ReshapeOperator(), [original], Shape(original));
        }
        if (!_shapes.ContainsKey(output))
            throw _absent.GetValueOrDefault(output) ?? new GraphException("", "", $"nothing defines the output '{output}'");
    }

    private int Declare(OnnxNode node, string name, ImmutableArray<int> shape, DataType type)
    {
        int elements = ImportBudget.Elements(node, shape.AsSpan());
        if (IsDefined(name)) throw node.Refuse($"value '{name}' is defined twice");
        _shapes[name] = shape;
        _types[name] = type;
        return elements;
    }

    private string Fresh(OnnxNode node)
    {
        string name;
        do name = $"{node.Outputs[0]}/{_temporaries++}"; while (IsDefined(name));
        return name;
    }
}
