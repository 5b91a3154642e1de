using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// A scale for each channel of the result of a linear layer becomes part of that layer's weights: batch normalisation
/// after a convolution or dense layer. Window sums keep theirs, because their multipliers are public.
/// </summary>
internal static class FoldScalesIntoProducers
{
    public static Network Run(Network network)
    {
        Dictionary<int, int> uses = network.CountUses();
        Dictionary<int, Layer> producers = network.Producers();
        foreach (LinearLayer layer in network.Layers.OfType<LinearLayer>())
            for (int t = 0; t < layer.Terms.Length; t++)
                if (layer.Terms[t] is ConvolutionFloatTerm { IsDiagonal: true } scale && uses[scale.Input] == 1
                    && producers[scale.Input] is LinearLayer producer && producer.Channels == layer.Channels
                    && producer.Terms.All(term => term is not SumPoolFloatTerm))
                    return Fold(network, layer, t, scale.Weights, producer);
        return network;
    }

    private static Network Fold(Network network, LinearLayer layer, int term, float[] scale, LinearLayer producer)
    {
        int elements = network.Values[layer.Output].Elements;
        FloatTerm Scaled(FloatTerm source) => source is ConvolutionFloatTerm convolution
            ? convolution.ScaleOutputs(scale) : ConvolutionFloatTerm.Diagonal(source.Input, elements, scale);
        LinearLayer folded = layer with
        {
            Name = producer.IsAffine ? layer.Name : producer.Name,
            Terms = layer.Terms.RemoveAt(term).InsertRange(term, producer.Terms.Select(Scaled)),
            Bias = [.. layer.Bias.Select((bias, c) => (float)(bias + (double)scale[c] * producer.Bias[c]))],
        };
        return network.Replace(producer).Replace(layer, folded);
    }
}
