using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>
/// A graph of layers with their weights: value 0 is the input, layer i writes value i + 1 and reads earlier ones; the last
/// value is the output. Holds the tensors of one batch, so it is not thread-safe; it uses several threads itself.
/// </summary>
public sealed class Network
{
    /// <summary>Images inferred at once: enough for the products, few enough that values stay in the caches.</summary>
    private const int InferenceImages = 64;

    private readonly int[] _lastReaders;
    private BufferPool _pool = new();
    private BatchTensor[] _values = [];
    private int _capacity;

    internal Network(FeatureShape input, IReadOnlyList<NetworkNode> nodes)
    {
        InputShape = input;
        Nodes = nodes;
        _lastReaders = new int[nodes.Count + 1];
        for (int index = 0; index < nodes.Count; index++)
            foreach (int value in nodes[index].Inputs) _lastReaders[value] = index;
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
        BatchSlices slices = new(threads);
        for (int first = 0; first < count; first += InferenceImages)
        {
            int chunk = Math.Min(InferenceImages, count - first);
            images.Slice(first * InputShape.Elements, chunk * InputShape.Elements).CopyTo(Reserve(chunk).Values);
            BatchTensor output = Forward(new Pass(slices, chunk, IsTraining: false));
            output.ValuesOf(0, chunk).CopyTo(outputs[(first * OutputShape.Elements)..]);
        }
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
            _pool = new BufferPool();
            _values =
            [
                new BatchTensor(InputShape, images, needsGradients: false, isLent: true),
                .. Nodes.Select(node => new BatchTensor(node.Layer.OutputShape, images, needsGradients: true, isLent: true)),
            ];
            _values[0].HoldValues(_pool);
        }
        return _values[0];
    }

    /// <summary>
    /// Computes every value from the input and returns the output. In training, or where the pass keeps all, all values stay;
    /// otherwise only the input and the output do.
    /// </summary>
    internal BatchTensor Forward(Pass pass)
    {
        for (int index = 0; index < Nodes.Count; index++)
        {
            BatchTensor output = _values[index + 1];
            output.HoldValues(_pool);
            Nodes[index].Layer.Forward(pass, InputsOf(index), output);
            if (pass.IsTraining || pass.KeepsAll) continue;
            foreach (int value in Nodes[index].Inputs)
                if (value > 0 && _lastReaders[value] == index) _values[value].ReleaseValues(_pool);
        }
        if (pass.IsTraining) _values[^1].HoldGradients(_pool);
        return _values[^1];
    }

    /// <summary>
    /// Computes the gradients of every parameter from those of the output, which the caller has set, after a Forward of
    /// the same pass. The gradients of inner values stay only where the pass keeps all.
    /// </summary>
    internal void Backward(Pass pass)
    {
        foreach (BatchTensor value in _values.AsSpan(..^1)) value.ReleaseGradients(_pool);
        for (int index = Nodes.Count - 1; index >= 0; index--)
        {
            BatchTensor output = _values[index + 1];
            if (!output.HoldsGradients) continue;
            foreach (int value in Nodes[index].Inputs) StartGradients(pass, _values[value]);
            Nodes[index].Layer.Backward(pass, InputsOf(index), output);
            if (index < Nodes.Count - 1 && !pass.KeepsAll) output.ReleaseGradients(_pool);
        }
    }

    /// <summary>Sets gradients to zero where no layer has added to them yet.</summary>
    private void StartGradients(Pass pass, BatchTensor value)
    {
        if (!value.NeedsGradients || value.HoldsGradients) return;
        value.HoldGradients(_pool);
        pass.ForEachSlice(slice => value.GradientsOf(slice.First, slice.Images).Clear());
    }

    /// <summary>A value of the latest batch, as far as its passes kept it: 0 is the input, i + 1 what node i wrote.</summary>
    internal BatchTensor ValueOf(int value) => _values[value];

    private BatchTensor[] InputsOf(int node) => [.. Nodes[node].Inputs.Select(value => _values[value])];
}

/// <summary>A layer and the indices of the values it reads.</summary>
internal sealed record NetworkNode(Layer Layer, IReadOnlyList<int> Inputs);
