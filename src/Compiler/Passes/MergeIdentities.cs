using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// A linear layer that adds the result of another linear layer takes over its terms: biases, residual additions and
/// convolutions share one accumulator and one truncation. A layer that adds nothing disappears.
/// </summary>
internal static class MergeIdentities
{
    /// <summary>Applies the first merge found; the same network where there is none.</summary>
    public static Network Run(Network network)
    {
        Dictionary<int, int> uses = network.CountUses();
        Dictionary<int, Layer> producers = network.Producers();
        foreach (LinearLayer layer in network.Layers.OfType<LinearLayer>())
        {
            if (layer.Terms is [IdentityFloatTerm only] && Array.TrueForAll(layer.Bias, bias => bias == 0))
                return network.Replace(layer).Redirect(layer.Output, only.Input);
            for (int t = 0; t < layer.Terms.Length; t++)
                if (layer.Terms[t] is IdentityFloatTerm term && uses[term.Input] == 1
                    && producers[term.Input] is LinearLayer producer && producer.Channels == layer.Channels)
                    return Merge(network, layer, t, producer);
        }
        return network;
    }

    private static Network Merge(Network network, LinearLayer layer, int term, LinearLayer producer)
    {
        LinearLayer merged = layer with
        {
            Name = producer.IsAffine ? layer.Name : producer.Name,
            Terms = layer.Terms.RemoveAt(term).InsertRange(term, producer.Terms),
            Bias = [.. layer.Bias.Zip(producer.Bias, (a, b) => a + b)],
        };
        return network.Replace(producer).Replace(layer, merged);
    }
}
