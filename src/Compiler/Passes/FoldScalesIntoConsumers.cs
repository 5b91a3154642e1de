using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// scale * x + shift before a convolution or dense layer becomes part of its weights and bias. A shift goes along only
/// where no window reaches outside of the image, since padding comes after it.
/// </summary>
internal static class FoldScalesIntoConsumers
{
    public static Network Run(Network network)
    {
        Dictionary<int, int> uses = network.CountUses();
        Dictionary<int, Layer> producers = network.Producers();
        foreach (LinearLayer layer in network.Layers.OfType<LinearLayer>())
            for (int t = 0; t < layer.Terms.Length; t++)
                if (layer.Terms[t] is ConvolutionFloatTerm term && uses[term.Input] == 1
                    && producers[term.Input] is LinearLayer { IsAffine: true } affine && CanFold(term, affine))
                    return Fold(network, layer, t, term, affine);
        return network;
    }

    private static bool CanFold(ConvolutionFloatTerm term, LinearLayer affine) =>
        (!term.IsPadded || Array.TrueForAll(affine.Bias, bias => bias == 0))
        && term.Geometry.InChannels % affine.Channels == 0;

    private static Network Fold(Network network, LinearLayer layer, int t, ConvolutionFloatTerm term, LinearLayer affine)
    {
        ConvolutionGeometry g = term.Geometry;
        float[]? scale = (affine.Terms[0] as ConvolutionFloatTerm)?.Weights;
        float[] weights = new float[term.Weights.Length];
        double[] bias = Array.ConvertAll(layer.Bias, value => (double)value);
        int window = g.KernelHeight * g.KernelWidth, elementsPerScale = g.InChannels / affine.Channels;
        for (int i = 0; i < weights.Length; i++)
        {
            int output = i / g.FanIn;
            int input = output / (g.OutChannels / g.Groups) * (g.InChannels / g.Groups) + i % g.FanIn / window;
            int channel = input / elementsPerScale;
            weights[i] = (float)((double)term.Weights[i] * (scale?[channel] ?? 1));
            bias[output] += (double)term.Weights[i] * affine.Bias[channel];
        }
        LinearLayer folded = layer with
        {
            Terms = layer.Terms.SetItem(t, term with { Input = affine.Terms[0].Input, Weights = weights }),
            Bias = Array.ConvertAll(bias, value => (float)value),
        };
        return network.Replace(affine).Replace(layer, folded);
    }
}
