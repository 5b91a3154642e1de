using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>
/// Turns a graph into a network: every operator becomes linear layers, clamps, other activations, maxima and rearrangements. Values
/// lose their batch dimension, which is 1.
/// </summary>
internal sealed partial class GraphLowering
{
    /// <summary>What a protocol exists for, for refusals.</summary>
    public const string Supported =
        "supported are linear operators with constant weights, sums of activations, Relu, Clip, LeakyRelu, PRelu, polynomials up to degree 3, "
        + "Min and Max with a constant, pooling, rearrangements, and ArgMax, Softmax, LogSoftmax, Sigmoid or Tanh at the end";

    private readonly Graph _graph;
    private readonly bool _anyBatch;
    private readonly NetworkBuilder _network = new();
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, Node> _producers;

    private GraphLowering(Graph graph, bool anyBatch)
    {
        _graph = graph;
        _anyBatch = anyBatch;
        _producers = graph.Nodes.ToDictionary(node => node.Output);
    }

    /// <summary>Lowers a graph.</summary>
    /// <param name="labelOnly">Whether each output is replaced by the index of its largest element.</param>
    /// <param name="anyBatch">Whether inputs whose first axis is not 1 are taken as one row without batch, for tests of operators.</param>
    /// <exception cref="GraphException">A node that no protocol exists for, or a batch other than 1.</exception>
    public static Network Lower(Graph graph, bool labelOnly, bool anyBatch = false) => new GraphLowering(graph, anyBatch).Lower(labelOnly);

    private Network Lower(bool labelOnly)
    {
        ImmutableArray<PlanPort> inputs = [.. _graph.Inputs.Select(AddInput)];
        HashSet<string> needed = Needed();
        foreach (Node node in _graph.Nodes)
            if (needed.Contains(node.Output)) _ids[node.Output] = LowerNode(node);
        return _network.Build(_graph.Name, inputs, [.. _graph.Outputs.Select(name => LowerOutput(name, labelOnly))]);
    }

    private PlanPort AddInput(string name, int index)
    {
        ImmutableArray<int> shape = _graph.Shapes[name];
        if (shape.Length > 1 && shape[0] != 1 && !_anyBatch)
            throw new GraphException("", "", $"input '{name}' has a batch of {shape[0]}; inference runs one row at a time");
        PlanPort port = new(name, WithoutBatch(shape));
        _ids[name] = _network.Add(name, port.Shape, id => new InputLayer(name, index, id));
        return port;
    }

    /// <summary>Values that an output depends on, short of what the client does by itself.</summary>
    private HashSet<string> Needed()
    {
        Stack<string> open = new(_graph.Outputs.Select(name => FindEnd(name).Value));
        HashSet<string> seen = [];
        while (open.TryPop(out string? name))
        {
            if (!seen.Add(name) || !_producers.TryGetValue(name, out Node? node)) continue;
            foreach (string input in node.Inputs)
                open.Push(node.Operator is ArgMaxOperator argMax ? BeforeMonotone(input, argMax.Axis) : input);
        }
        return seen;
    }

    private int LowerNode(Node node) => node.Operator switch
    {
        ConvolutionOperator convolution => Convolution(node, convolution),
        MatMulOperator => MatMul(node),
        BinaryOperator binary => Binary(node, binary.Kind),
        UnaryOperator unary => Unary(node, unary.Kind),
        ClipOperator clip => Clamp(node, Input(node, 0), clip.Low, clip.High),
        ChannelActivationOperator activation => Channels(node, activation),
        LeakyReluOperator leaky => Leaky(node, [.. Enumerable.Repeat(leaky.Slope, Elements(node.Output))]),
        PReluOperator => Leaky(node, Broadcast(node, Constant(node, 1))),
        BatchNormalizationOperator batchNorm => BatchNormalization(node, batchNorm),
        MaxPoolOperator pool => MaxPool(node, pool),
        AveragePoolOperator pool => AveragePool(node, pool),
        ReduceOperator reduce => Reduce(node, reduce),
        ConcatOperator concat => Concat(node, concat),
        ReshapeOperator => Reshape(node.Name, Input(node, 0), ShapeOf(node.Output)),
        TransposeOperator transpose => Transpose(node, transpose),
        PadOperator pad => Pad(node, pad),
        SliceOperator slice => Slice(node, slice),
        GatherOperator gather => Gather(node, gather),
        ArgMaxOperator argMax => ArgMax(node, argMax),
        _ => throw Refuse(node, "has no protocol here"),
    };

    private int Unary(Node node, UnaryKind kind)
    {
        int x = Input(node, 0);
        return kind switch
        {
            UnaryKind.Relu => Clamp(node, x, 0, float.PositiveInfinity),
            UnaryKind.Square => Square(node, x),
            UnaryKind.Negate => Affine(node, x, Filled(node, -1), Filled(node, 0)),
            _ => throw Refuse(node, "is only the client's own work, at the end of a model"),
        };
    }

    private int Clamp(Node node, int x, float low, float high)
    {
        if (!(low <= high)) throw Refuse(node, $"has bounds {low} and {high}");
        if (float.IsInfinity(low) && float.IsInfinity(high)) return x;
        return _network.Add(node.Output, ShapeOf(node.Output), id => new ClampLayer(node.Name, x, low, high, id));
    }

    /// <summary>slope * x below zero: relu(x) * (1 - slope) + slope * x, so that the slope is a secret weight.</summary>
    private int Leaky(Node node, float[] slope)
    {
        int x = Input(node, 0);
        int relu = Clamp(node, x, 0, float.PositiveInfinity);
        float[] scale = PerChannel(_graph.Shapes[node.Output], slope);
        float[] rest = Array.ConvertAll(scale, s => 1 - s);
        return _network.Add(node.Output + ".leaky", ShapeOf(node.Output), id => new LinearLayer(node.Name,
        [
            ConvolutionFloatTerm.Diagonal(relu, slope.Length, rest), ConvolutionFloatTerm.Diagonal(x, slope.Length, scale),
        ], new float[scale.Length], id));
    }

    private int Input(Node node, int index) =>
        _ids.TryGetValue(node.Inputs[index], out int id) ? id : throw Refuse(node, $"needs input {index} to be an activation");

    private bool IsConstant(Node node, int index) => _graph.Constants.ContainsKey(node.Inputs[index]);

    private FloatTensor Constant(Node node, int index) =>
        _graph.Constants.TryGetValue(node.Inputs[index], out FloatTensor? tensor)
            ? tensor : throw Refuse(node, $"needs input {index} to be constant");

    private ImmutableArray<int> ShapeOf(string name) => WithoutBatch(_graph.Shapes[name]);

    private int Elements(string name) => FloatTensor.Count(_graph.Shapes[name]);

    private static bool HasBatch(ImmutableArray<int> shape) => shape.Length > 0 && shape[0] == 1;

    private static ImmutableArray<int> WithoutBatch(ImmutableArray<int> shape) => HasBatch(shape) ? shape[1..] : shape;

    private void RequireOneRow(Node node)
    {
        if (_graph.Shapes[node.Inputs[0]] is not [1, ..]) throw Refuse(node, "has a batch other than 1");
    }

    private static GraphException Refuse(Node node, string message) =>
        new(node.Name, node.OnnxOperator, $"{message}; {Supported}");
}
