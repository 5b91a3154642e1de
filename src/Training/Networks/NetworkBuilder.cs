using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>
/// Puts a network together. Every method appends a layer to the latest value, or to the one given, and returns the builder;
/// <see cref="Latest"/> names a value for a later join.
/// </summary>
internal sealed class NetworkBuilder(FeatureShape input)
{
    private readonly List<NetworkNode> _nodes = [];

    /// <summary>The value that the next layer reads.</summary>
    public int Latest { get; private set; }

    /// <summary>The shape of a value.</summary>
    public FeatureShape ShapeOf(int value) => value == 0 ? input : _nodes[value - 1].Layer.OutputShape;

    /// <summary>Goes back to an earlier value, to start a branch there.</summary>
    public NetworkBuilder From(int value)
    {
        Latest = value;
        return this;
    }

    /// <exception cref="ArgumentException">The groups do not divide the channels, or the kernel exceeds the padded image.</exception>
    public NetworkBuilder Convolution(
        int channels, int kernel, int stride = 1, int pad = 0, int groups = 1, int dilation = 1, bool bias = true)
    {
        FeatureShape shape = ShapeOf(Latest);
        ConvolutionGeometry geometry = new()
        {
            InChannels = shape.Channels, InHeight = shape.Height, InWidth = shape.Width, OutChannels = channels,
            KernelHeight = kernel, KernelWidth = kernel, StrideHeight = stride, StrideWidth = stride,
            DilationHeight = dilation, DilationWidth = dilation, PadTop = pad, PadLeft = pad, PadBottom = pad, PadRight = pad,
            Groups = groups,
        };
        if (shape.Channels % groups != 0 || channels % groups != 0)
            throw new ArgumentException($"{groups} groups do not divide {shape.Channels} and {channels} channels.");
        RequireFit(shape, dilation * (kernel - 1) + 1, pad);
        return Append(new ConvolutionLayer(geometry, bias));
    }

    public NetworkBuilder Dense(int outputs, bool bias = true) => Append(new DenseLayer(ShapeOf(Latest), outputs, bias));

    public NetworkBuilder Relu() => Append(new RectifierLayer(ShapeOf(Latest)));

    public NetworkBuilder LeakyRelu(float slope) => Append(new RectifierLayer(ShapeOf(Latest), slope));

    public NetworkBuilder ParametricRelu() => Append(new ParametricRectifierLayer(ShapeOf(Latest)));

    public NetworkBuilder Clip(float low, float high) => Append(new ClipLayer(ShapeOf(Latest), low, high));

    public NetworkBuilder Square() => Append(new SquareLayer(ShapeOf(Latest)));

    public NetworkBuilder BatchNorm() => Append(new BatchNormLayer(ShapeOf(Latest)));

    public NetworkBuilder MaxPool(int kernel, int? stride = null) => Append(new MaxPoolLayer(Pool(kernel, stride ?? kernel)));

    public NetworkBuilder AveragePool(int kernel, int? stride = null) =>
        Append(new AveragePoolLayer(Pool(kernel, stride ?? kernel)));

    /// <summary>Adds earlier values to the latest.</summary>
    public NetworkBuilder Add(params int[] values)
    {
        FeatureShape shape = ShapeOf(Latest);
        if (values.Any(value => ShapeOf(value) != shape)) throw new ArgumentException($"A summand is not of shape {shape}.");
        return Append(new AddLayer(shape), [Latest, .. values]);
    }

    /// <summary>Puts the channels of other values behind those of the latest.</summary>
    public NetworkBuilder Concatenate(params int[] values)
    {
        int[] inputs = [Latest, .. values];
        FeatureShape[] shapes = [.. inputs.Select(ShapeOf)];
        if (shapes.Any(shape => shape with { Channels = 0 } != shapes[0] with { Channels = 0 }))
            throw new ArgumentException("Joined values differ in height or width.");
        return Append(new ConcatenationLayer(shapes), inputs);
    }

    /// <summary>The network, with weights drawn from <paramref name="seed"/>.</summary>
    public Network Build(ulong seed)
    {
        Network network = Build();
        WeightInitializer.Fill(network, seed);
        return network;
    }

    /// <summary>The network, with the weights that its layers have.</summary>
    public Network Build() => new(input, [.. _nodes]);

    /// <summary>The layer that writes a value; none writes the input.</summary>
    public Layer? LayerOf(int value) => value == 0 ? null : _nodes[value - 1].Layer;

    /// <summary>Puts another layer of the same shapes in the place of the one that writes a value.</summary>
    public void Replace(int value, Layer layer) => _nodes[value - 1] = _nodes[value - 1] with { Layer = layer };

    /// <summary>Appends any layer.</summary>
    /// <param name="inputs">The values it reads; the latest without them.</param>
    public NetworkBuilder Append(Layer layer, IReadOnlyList<int>? inputs = null)
    {
        _nodes.Add(new NetworkNode(layer, inputs ?? [Latest]));
        return From(_nodes.Count);
    }

    private PoolGeometry Pool(int kernel, int stride)
    {
        FeatureShape shape = ShapeOf(Latest);
        RequireFit(shape, kernel, pad: 0);
        return new PoolGeometry
        {
            Channels = shape.Channels, InHeight = shape.Height, InWidth = shape.Width,
            OutHeight = (shape.Height - kernel) / stride + 1, OutWidth = (shape.Width - kernel) / stride + 1,
            KernelHeight = kernel, KernelWidth = kernel, StrideHeight = stride, StrideWidth = stride,
        };
    }

    private static void RequireFit(FeatureShape shape, int window, int pad)
    {
        if (shape.IsVector) throw new ArgumentException("A window does not fit a vector.");
        if (window > Math.Min(shape.Height, shape.Width) + 2 * pad)
            throw new ArgumentException($"A window of {window} does not fit images of {shape} with padding {pad}.");
    }
}
