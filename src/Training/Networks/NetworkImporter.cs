using System.Collections.Immutable;
using Blindsight.Compiler;
using Blindsight.Compiler.Graphs;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>
/// Makes a graph trainable: a network of the graph's layers with the graph's weights. Images are channel, row, column;
/// the batch is 1 in the graph and open in the network.
/// </summary>
public static class NetworkImporter
{
    /// <summary>
    /// The network whose inference agrees with the graph up to float rounding. Weights, biases, normalisation and slopes
    /// become trainable; other constants stay as they are. A bias that the graph adds in a node of its own joins its layer.
    /// </summary>
    /// <exception cref="GraphException">An operator, or a use of one, has no trainable layer; names node and operator.</exception>
    public static Network Import(Graph graph)
    {
        if (graph.Inputs.Length != 1 || graph.Outputs.Length != 1)
            throw new GraphException("", "", $"the model has {graph.Inputs.Length} inputs and {graph.Outputs.Length} outputs; one of each can be trained");
        NetworkImport import = new(graph);
        foreach (Node node in graph.Nodes) Append(import, node);
        return import.Finish();
    }

    private static void Append(NetworkImport import, Node node)
    {
        switch (node.Operator)
        {
            case ConvolutionOperator convolution: LinearImport.Convolution(import, node, convolution); break;
            case MatMulOperator: LinearImport.Dense(import, node); break;
            case BatchNormalizationOperator norm: LinearImport.BatchNorm(import, node, norm); break;
            case BinaryOperator binary: ElementwiseImport.Binary(import, node, binary.Kind); break;
            case UnaryOperator unary: ElementwiseImport.Unary(import, node, unary.Kind); break;
            case ChannelActivationOperator activation: ElementwiseImport.Channels(import, node, activation); break;
            case ClipOperator clip: ElementwiseImport.Clip(import, node, clip); break;
            case LeakyReluOperator leaky: ElementwiseImport.LeakyRelu(import, node, leaky); break;
            case PReluOperator: ElementwiseImport.ParametricRelu(import, node); break;
            case MaxPoolOperator pool: WindowImport.MaxPool(import, node, pool); break;
            case AveragePoolOperator pool: WindowImport.AveragePool(import, node, pool); break;
            case ReduceOperator reduce: WindowImport.Reduce(import, node, reduce); break;
            case ConcatOperator concat: RegionImport.Concat(import, node, concat); break;
            case SliceOperator slice: RegionImport.Slice(import, node, slice); break;
            case PadOperator pad: RegionImport.Pad(import, node, pad); break;
            case ReshapeOperator: import.Alias(node); break;
            default: throw NetworkImport.Refuse(node, "the trainer has no layer for it");
        }
    }
}

/// <summary>
/// An import under way: which value of the network each value of the graph is. A reshaped value stays the same value of
/// the network until a layer asks for its new shape.
/// </summary>
internal sealed class NetworkImport
{
    private readonly Graph _graph;
    private readonly Dictionary<string, int> _values = [];
    private readonly Dictionary<string, int> _uses;

    public NetworkImport(Graph graph)
    {
        _graph = graph;
        _uses = graph.Nodes.SelectMany(node => node.Inputs).Concat(graph.Outputs).CountBy(name => name).ToDictionary();
        string input = graph.Inputs[0];
        Builder = new NetworkBuilder(FeatureShapeOf(input) ?? throw new GraphException("", "", $"input '{input}' has shape "
            + $"[{string.Join(", ", graph.Shapes[input])}]; a batch of 1 with features, or channels, rows and columns, can be trained"));
        _values[input] = 0;
    }

    public NetworkBuilder Builder { get; }

    public static GraphException Refuse(Node node, string problem) => new(node.Name, node.OnnxOperator, problem);

    /// <summary>The shape of a value of the graph, batch included.</summary>
    public ImmutableArray<int> Shape(string name) => _graph.Shapes[name];

    /// <summary>A constant of the graph, or null where the value depends on the input.</summary>
    public FloatTensor? Constant(string name) => _graph.Constants.GetValueOrDefault(name);

    /// <summary>An input of a node that has to be constant.</summary>
    public FloatTensor Constant(Node node, int index) => Constant(node.Inputs[index])
        ?? throw Refuse(node, $"input {index} ('{node.Inputs[index]}') has to be constant");

    /// <summary>Whether a value of the graph is read once only, so that its layer may be changed.</summary>
    public bool IsReadOnce(string name) => _uses[name] == 1;

    /// <summary>The network's value, in whatever shape it has there.</summary>
    public int Elements(Node node, int index) => _values.TryGetValue(node.Inputs[index], out int value)
        ? value : throw Refuse(node, $"input {index} ('{node.Inputs[index]}') is constant, which the trainer has no layer for");

    /// <summary>The network's value, brought to the shape that the graph has for it.</summary>
    public int Value(Node node, int index)
    {
        int value = Elements(node, index);
        FeatureShape shape = ShapeOf(node, node.Inputs[index]);
        if (Builder.ShapeOf(value) == shape) return value;
        value = Builder.From(value).Append(new Layers.ReshapeLayer(Builder.ShapeOf(value), shape)).Latest;
        return _values[node.Inputs[index]] = value;
    }

    /// <summary>The shape of one image of a value that a node reads or writes.</summary>
    public FeatureShape ShapeOf(Node node, string name) => FeatureShapeOf(name) ?? throw Refuse(
        node, $"'{name}' has shape [{string.Join(", ", Shape(name))}]; a batch of 1 with features, or channels, rows and columns, can be trained");

    /// <summary>Appends the layer that computes a node's output.</summary>
    public void Append(Node node, Layers.Layer layer, params IReadOnlyList<int> inputs) =>
        _values[node.Output] = Builder.Append(layer, inputs).Latest;

    /// <summary>Says that a layer which is there already computes a node's output.</summary>
    public void Define(Node node, int value) => _values[node.Output] = value;

    /// <summary>Makes a node's output the same elements as its input.</summary>
    public void Alias(Node node) => Define(node, Elements(node, 0));

    /// <summary>The network up to the graph's output.</summary>
    public Network Finish()
    {
        Node output = _graph.Nodes.LastOrDefault(node => node.Output == _graph.Outputs[0])
            ?? throw new GraphException("", "", "the model has no layer");
        int last = Value(output with { Inputs = [output.Output] }, 0);
        Network network = Builder.Build();
        if (last == 0 || last != network.Nodes.Count) throw Refuse(output, "the model's output is not its last layer's");
        return network;
    }

    private FeatureShape? FeatureShapeOf(string name) => Shape(name) switch
    {
        [1, > 0 and int features] => FeatureShape.Vector(features),
        [1, > 0 and int channels, > 0 and int length] => new FeatureShape(channels, length, 1),
        [1, > 0 and int channels, > 0 and int height, > 0 and int width] => new FeatureShape(channels, height, width),
        _ => null,
    };
}
