using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>
/// A graph of layers with their weights: value 0 is the input, layer i writes value i + 1 and reads earlier ones; the last
/// value is the output. Holds the tensors of one batch, so it is not thread-safe; it uses several threads itself.
/// </summary>
public sealed class Network
{
    private BatchTensor[] _values = [];
    private int _capacity;

    internal Network(FeatureShape input, IReadOnlyList<NetworkNode> nodes)
    {
        InputShape = input;
        Nodes = nodes;
    }

    public FeatureShape InputShape { get; }

    /// <summary>The shape of one image's output: the classes' logits.</summary>
    public FeatureShape OutputShape => Nodes[^1].Layer.OutputShape;

    /// <summary>Trained numbers: weights, biases and scales.</summary>
    public int TrainedElements => Parameters.Where(parameter => parameter.IsTrained).Sum(parameter => parameter.Values.Length);

    internal IReadOnlyList<NetworkNode> Nodes { get; }

    /// <summary>The parameters of all layers, in the order of the layers.</summary>
    internal IEnumerable<Parameter> Parameters => Nodes.SelectMany(node => node.Layer.Parameters);

    /// <summary>The layers and their connections, one a line, without weights.</summary>
    public string Describe() => string.Join(
        '\n', Nodes.Select((node, index) => $"{index + 1} = {node.Layer.Describe()} ({string.Join(", ", node.Inputs)})"));

    /// <summary>The outputs for some images, with the statistics collected in training.</summary>
    /// <param name="images">Normalised features, image after image.</param>
    /// <param name="outputs">The outputs, image after image.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">Either span is not a whole number of images, or they differ in it.</exception>
    public void Infer(ReadOnlySpan<float> images, Span<float> outputs, int threads = 1)
    {
        int count = images.Length / InputShape.Elements;
        if (count * InputShape.Elements != images.Length || count * OutputShape.Elements != outputs.Length)
            throw new ArgumentException(
                $"{images.Length} input and {outputs.Length} output elements are not images of {InputShape} and outputs of {OutputShape}.");
        Reserve(count);
        images.CopyTo(_values[0].Values);
        Forward(new Pass(new BatchSlices(threads), count, IsTraining: false)).ValuesOf(0, count).CopyTo(outputs);
    }

    /// <summary>A deep copy: the same layers and weights, no shared array.</summary>
    public Network Clone() => Rebuild(layer => layer.Clone());

    /// <summary>The same layers with first weights drawn from <paramref name="seed"/>; constants of the layers stay.</summary>
    public Network CloneUntrained(ulong seed)
    {
        Network network = Rebuild(layer => layer.CloneUntrained());
        WeightInitializer.Fill(network, seed);
        return network;
    }

    /// <summary>A network of the same connections with every layer replaced; the results must not stand in this network.</summary>
    internal Network Rebuild(Func<Layer, Layer> replace) =>
        new(InputShape, [.. Nodes.Select(node => node with { Layer = replace(node.Layer) })]);

    /// <summary>Makes room for batches of up to so many images and returns the input to fill.</summary>
    internal BatchTensor Reserve(int images)
    {
        if (images > _capacity)
        {
            _capacity = images;
            _values =
            [
                new BatchTensor(InputShape, images, needsGradients: false),
                .. Nodes.Select(node => new BatchTensor(node.Layer.OutputShape, images, needsGradients: true)),
            ];
        }
        return _values[0];
    }

    /// <summary>Computes every value from the input and returns the output.</summary>
    internal BatchTensor Forward(Pass pass)
    {
        for (int index = 0; index < Nodes.Count; index++)
            Nodes[index].Layer.Forward(pass, InputsOf(index), _values[index + 1]);
        return _values[^1];
    }

    /// <summary>
    /// Computes the gradients of every parameter from those of the output, which the caller has set, after a Forward of
    /// the same pass.
    /// </summary>
    internal void Backward(Pass pass)
    {
        foreach (BatchTensor value in _values.AsSpan(1..^1)) value.GradientsOf(0, pass.Images).Clear();
        for (int index = Nodes.Count - 1; index >= 0; index--)
            Nodes[index].Layer.Backward(pass, InputsOf(index), _values[index + 1]);
    }

    /// <summary>A value of the latest batch: 0 is the input, i + 1 what node i wrote.</summary>
    internal BatchTensor ValueOf(int value) => _values[value];

    private BatchTensor[] InputsOf(int node) => [.. Nodes[node].Inputs.Select(value => _values[value])];
}

/// <summary>A layer and the indices of the values it reads.</summary>
internal sealed record NetworkNode(Layer Layer, IReadOnlyList<int> Inputs);
