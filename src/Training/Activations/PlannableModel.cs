using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Training.Data;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Activations;

/// <summary>
/// A model whose ReLUs and clips can be replaced by channel. A convolution or dense layer that leads to an activation, pools between them or not, gets a
/// batch normalisation that changes nothing at first: it keeps the inputs of polynomials in range while weights move.
/// </summary>
public sealed class PlannableModel
{
    private const int MeasuredImages = 1024;

    private readonly Graph _graph;
    private readonly ImmutableArray<(float[] Mean, float[] Variance)> _inserted;
    private readonly byte[] _digest;

    /// <param name="images">Training images, on which inserted normalisations are measured.</param>
    /// <exception cref="Compiler.GraphException">A node has no trainable layer.</exception>
    /// <exception cref="ParameterException">The model has no ReLU or clip, or does not fit the images.</exception>
    public PlannableModel(Graph graph, LabelledImages images, int threads)
    {
        _graph = graph;
        Network network = NetworkImporter.Import(graph);
        if (network.InputShape != images.Shape || network.OutputShape.Elements != images.Classes)
            throw new ParameterException(
                $"The model maps {network.InputShape} to {network.OutputShape}; the data has images of {images.Shape} in {images.Classes} classes.");
        _inserted = Measure(network, images, threads);
        Activations = [.. ActivationSites.Of(Create()).All.Select(site => site.Layer.OutputShape)];
        if (Activations.IsEmpty) throw new ParameterException("The model has no ReLU or clip to plan.");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(network.Describe())));
        foreach (Parameter parameter in network.Parameters) hash.AppendData(MemoryMarshal.AsBytes(parameter.Values.AsSpan()));
        _digest = hash.GetHashAndReset();
    }

    /// <summary>The shape of every activation, in the order of the model.</summary>
    public ImmutableArray<FeatureShape> Activations { get; }

    /// <summary>A digest of layers and weights.</summary>
    internal byte[] Digest() => _digest;

    /// <summary>The network with the model's weights, every activation exact.</summary>
    internal Network Create()
    {
        Network network = NetworkImporter.Import(_graph);
        ActivationSources sources = new(network);
        int[] bare = Bare(network), value = new int[network.Nodes.Count + 1];
        List<NetworkNode> nodes = [];
        for (int index = 0; index < network.Nodes.Count; index++)
        {
            NetworkNode node = network.Nodes[index];
            Layer layer = Bounds(node.Layer) is (float low, float high)
                ? new ChannelActivationLayer(node.Layer.OutputShape, low, high, sources.Of(node, out _)) : node.Layer;
            nodes.Add(new NetworkNode(layer, [.. node.Inputs.Select(input => value[input])]));
            int inserted = Array.IndexOf(bare, index + 1);
            if (inserted >= 0) nodes.Add(new NetworkNode(Normalisation(layer.OutputShape, inserted), [nodes.Count]));
            value[index + 1] = nodes.Count;
        }
        return new Network(network.InputShape, nodes);
    }

    private BatchNormLayer Normalisation(FeatureShape shape, int index)
    {
        BatchNormLayer layer = new(shape);
        if (_inserted.IsDefault) return layer;
        (float[] mean, float[] variance) = _inserted[index];
        for (int c = 0; c < shape.Channels; c++)
        {
            layer.RunningMean.Values[c] = layer.Bias.Values[c] = mean[c];
            layer.RunningVariance.Values[c] = variance[c];
            layer.Scale.Values[c] = MathF.Sqrt(variance[c] + layer.Epsilon);
        }
        return layer;
    }

    /// <summary>Mean and variance of every channel that a normalisation is inserted behind, in the network's order.</summary>
    private static ImmutableArray<(float[] Mean, float[] Variance)> Measure(Network network, LabelledImages images, int threads)
    {
        int[] sources = Bare(network);
        int count = Math.Min(MeasuredImages, images.Count), batch = Math.Min(128, count);
        InputMoments[][] moments = [.. sources.Select(source =>
            Enumerable.Range(0, network.Nodes[source - 1].Layer.OutputShape.Channels).Select(_ => new InputMoments()).ToArray())];
        Pass pass = new(new BatchSlices(threads), batch, IsTraining: false, KeepsAll: true);
        for (int first = 0; first + batch <= count; first += batch)
        {
            BatchTensor input = network.Reserve(batch);
            for (int i = 0; i < batch; i++)
                default(ImagePlacement).Write(
                    images.Shape, images.PixelsOf((int)((long)(first + i) * images.Count / count)), images.Scaling, input.ValuesOf(i));
            network.Forward(pass);
            for (int s = 0; s < sources.Length; s++)
            {
                BatchTensor output = network.ValueOf(sources[s]);
                int positions = output.Shape.Positions, at = s;
                pass.Slices.For(output.Shape.Channels, channel =>
                {
                    for (int i = 0; i < batch; i++)
                    {
                        ReadOnlySpan<float> plane = output.ValuesOf(i).Slice(channel * positions, positions);
                        moments[at][channel].Add(plane, plane);
                    }
                });
            }
        }
        return [.. moments.Select(layer => (
            Array.ConvertAll(layer, channel => (float)channel.Mean), Array.ConvertAll(layer, channel => (float)channel.Variance)))];
    }

    /// <summary>The values of convolutions and dense layers that lead to an activation and have no normalisation, in the network's order.</summary>
    private static int[] Bare(Network network)
    {
        ActivationSources sources = new(network);
        SortedSet<int> values = [];
        foreach (NetworkNode node in network.Nodes.Where(node => Bounds(node.Layer) is not null))
        {
            sources.Of(node, out int linear);
            if (linear > 0) values.Add(linear);
        }
        return [.. values];
    }

    /// <summary>The bounds of an activation that can be planned; null for other layers.</summary>
    private static (float Low, float High)? Bounds(Layer layer) => layer switch
    {
        RectifierLayer { Slope: 0 } => (0, float.PositiveInfinity),
        ClipLayer clip => (clip.Low, clip.High),
        _ => null,
    };
}
