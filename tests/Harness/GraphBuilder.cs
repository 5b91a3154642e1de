using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Harness;

/// <summary>Builds graphs by hand, with random weights from a seed.</summary>
public sealed class GraphBuilder(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<Node> _nodes = [];
    private readonly List<string> _inputs = [];
    private readonly Dictionary<string, FloatTensor> _constants = [];
    private readonly Dictionary<string, ImmutableArray<int>> _shapes = [];

    public string Input(params ImmutableArray<int> shape)
    {
        string name = $"input{_inputs.Count}";
        _inputs.Add(name);
        _shapes[name] = shape;
        return name;
    }

    /// <summary>A constant with elements uniform in [low, high).</summary>
    public string Constant(ImmutableArray<int> shape, float low = -1, float high = 1) =>
        Constant(shape, [.. Enumerable.Range(0, FloatTensor.Count(shape)).Select(_ => low + (high - low) * _random.NextSingle())]);

    public string Constant(ImmutableArray<int> shape, float[] data)
    {
        string name = $"constant{_constants.Count}";
        _constants[name] = new(shape, data);
        _shapes[name] = shape;
        return name;
    }

    /// <summary>Adds a node and returns the name of its output.</summary>
    public string Add(Operator @operator, ImmutableArray<int> shape, params ImmutableArray<string> inputs)
    {
        string name = $"{@operator.GetType().Name.Replace("Operator", "")}{_nodes.Count}";
        _nodes.Add(new(name, name, @operator, inputs, name));
        _shapes[name] = shape;
        return name;
    }

    /// <summary>A convolution on images [1, C, H, W] with a square kernel, a bias, and weights of variance 1 / fan-in.</summary>
    public string Convolution(string x, int channels, int kernel, int stride = 1, int pad = 0, int groups = 1)
    {
        ImmutableArray<int> shape = _shapes[x];
        float bound = MathF.Sqrt(3f / (shape[1] / groups * kernel * kernel));
        int Size(int size) => (size + 2 * pad - kernel) / stride + 1;
        return Add(new ConvolutionOperator([stride, stride], [pad, pad, pad, pad], [1, 1], groups),
            [1, channels, Size(shape[2]), Size(shape[3])], x,
            Constant([channels, shape[1] / groups, kernel, kernel], -bound, bound), Constant([channels], -0.3f, 0.3f));
    }

    public string BatchNormalization(string x)
    {
        ImmutableArray<int> shape = [_shapes[x][1]];
        return Add(new BatchNormalizationOperator(1e-5f), _shapes[x], x,
            Constant(shape, 0.5f, 1.5f), Constant(shape), Constant(shape), Constant(shape, 0.5f, 2));
    }

    public string Relu(string x) => Add(new UnaryOperator(UnaryKind.Relu), _shapes[x], x);

    public string MaxPool(string x, int kernel, int stride)
    {
        ImmutableArray<int> s = _shapes[x];
        return Add(new MaxPoolOperator([kernel, kernel], [stride, stride], [0, 0, 0, 0], [1, 1]),
            [1, s[1], (s[2] - kernel) / stride + 1, (s[3] - kernel) / stride + 1], x);
    }

    public string AveragePool(string x, int kernel)
    {
        ImmutableArray<int> s = _shapes[x];
        return Add(new AveragePoolOperator([kernel, kernel], [kernel, kernel], [0, 0, 0, 0], [1, 1], false),
            [1, s[1], s[2] / kernel, s[3] / kernel], x);
    }

    /// <summary>An element-wise function with the shape of <paramref name="a"/>.</summary>
    public string Binary(BinaryKind kind, string a, string b) => Add(new BinaryOperator(kind), _shapes[a], a, b);

    public string Flatten(string x) => Add(new ReshapeOperator(), [1, FloatTensor.Count(_shapes[x])], x);

    /// <summary>MatMul and Add on rows [1, K].</summary>
    public string Dense(string x, int outputs)
    {
        int inputs = _shapes[x][1];
        float bound = MathF.Sqrt(3f / inputs);
        string product = Add(new MatMulOperator(), [1, outputs], x, Constant([inputs, outputs], -bound, bound));
        return Binary(BinaryKind.Add, product, Constant([outputs], -0.3f, 0.3f));
    }

    public ImmutableArray<int> Shape(string name) => _shapes[name];

    public Graph Build(params ImmutableArray<string> outputs) => new()
    {
        Name = "built", Inputs = [.. _inputs], Outputs = outputs, Nodes = [.. _nodes],
        Constants = _constants.ToImmutableDictionary(), Shapes = _shapes.ToImmutableDictionary(),
    };

    /// <summary>Inputs uniform in [-1, 1).</summary>
    public static FloatTensor[] RandomInputs(Graph graph, int seed)
    {
        Random random = new(seed);
        return [.. graph.Inputs.Select(name => new FloatTensor(graph.Shapes[name],
            [.. Enumerable.Range(0, FloatTensor.Count(graph.Shapes[name])).Select(_ => random.NextSingle() * 2 - 1)]))];
    }
}
