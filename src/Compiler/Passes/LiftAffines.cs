using System.Collections.Immutable;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// scale * x + shift after a linear layer whose channels lie otherwise, behind a transposition or a reshape, is brought to
/// the linear layer's channels, so that it can be folded there: biases of NHWC models and of rows of tokens. Where no scale is negative it goes before a
/// max-pool too: max(a x + b) = a max(x) + b.
/// </summary>
internal static class LiftAffines
{
    public static Network Run(Network network)
    {
        Dictionary<int, int> uses = network.CountUses();
        Dictionary<int, Layer> producers = network.Producers();
        foreach (LinearLayer affine in network.Layers.OfType<LinearLayer>().Where(layer => layer.IsAffine))
        {
            if (uses[affine.Terms[0].Input] != 1) continue;
            Layer before = producers[affine.Terms[0].Input];
            if (before is LinearLayer direct && direct.Channels != affine.Channels
                && Regroup(network, affine, direct.Channels, null) is LinearLayer regrouped)
                return network.Replace(affine, regrouped);
            if (before is LayoutLayer { Operation: TransposeLayout or ReshapeLayout } layout && uses[layout.Sources[0]] == 1
                && producers[layout.Sources[0]] is LinearLayer linear
                && Regroup(network, affine, linear.Channels, layout) is LinearLayer lifted)
                return Swap(network, layout, affine, lifted);
            if (before is MaxPoolLayer pool && uses[pool.Input] == 1 && producers[pool.Input] is LinearLayer && affine.Channels == pool.Geometry.Channels
                && (Scale(affine) is not float[] scale || Array.TrueForAll(scale, factor => factor >= 0)))
                return Swap(network, pool, affine);
        }
        return network;
    }

    /// <summary>pool, affine become affine, pool.</summary>
    private static Network Swap(Network network, MaxPoolLayer pool, LinearLayer affine)
    {
        NetworkValue source = network.Values[pool.Input];
        (network, int id) = network.AddValue(source.Name + ".affine", source.Shape);
        FloatTerm term = Scale(affine) is float[] scale
            ? ConvolutionFloatTerm.Diagonal(pool.Input, source.Elements, scale) : new IdentityFloatTerm(pool.Input);
        return network.Replace(pool).Replace(affine,
            affine with { Terms = [term], Output = id }, pool with { Input = id, Output = affine.Output });
    }

    /// <summary>An affine layer's scale by channel; null where it is 1.</summary>
    private static float[]? Scale(LinearLayer affine) => (affine.Terms[0] as ConvolutionFloatTerm)?.Weights;

    /// <summary>layout, affine become affine, layout.</summary>
    private static Network Swap(Network network, LayoutLayer layout, LinearLayer affine, LinearLayer lifted)
    {
        NetworkValue source = network.Values[layout.Sources[0]];
        (network, int id) = network.AddValue(source.Name + ".affine", source.Shape);
        Layer first = lifted.WithInputs(_ => layout.Sources[0]) with { Output = id };
        return network.Replace(layout).Replace(affine, first, layout with { Sources = [id], Output = affine.Output });
    }

    /// <summary>The affine layer with other channels, read before a layout where one is given; null where a channel's elements differ.</summary>
    private static LinearLayer? Regroup(Network network, LinearLayer affine, int channels, LayoutLayer? layout)
    {
        int elements = network.Values[affine.Output].Elements, positions = elements / channels, old = elements / affine.Channels;
        int[]? sources = layout is null ? null : LayoutMap.Sources(
            layout.Operation, [network.Values[layout.Sources[0]].Shape], network.Values[layout.Output].Shape);
        float[]? scale = Scale(affine);
        float[] newScale = new float[channels], newBias = new float[channels];
        bool[] seen = new bool[channels];
        for (int i = 0; i < elements; i++)
        {
            int channel = (sources?[i] ?? i) / positions;
            float factor = scale?[i / old] ?? 1, bias = affine.Bias[i / old];
            if (seen[channel] && (newScale[channel] != factor || newBias[channel] != bias)) return null;
            (newScale[channel], newBias[channel], seen[channel]) = (factor, bias, true);
        }
        ImmutableArray<FloatTerm> terms = scale is null ? affine.Terms
            : [ConvolutionFloatTerm.Diagonal(affine.Terms[0].Input, elements, newScale)];
        return affine with { Terms = terms, Bias = newBias };
    }
}
