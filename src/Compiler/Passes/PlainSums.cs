using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// An average whose consumers are all convolutions leaves the division to their weights: the sum alone is exact in the
/// ring of 32 bits and needs neither truncation nor extension.
/// </summary>
internal static class PlainSums
{
    public static Network Run(Network network)
    {
        foreach (LinearLayer layer in network.Layers.OfType<LinearLayer>())
            if (layer.Terms is [SumPoolFloatTerm { Multipliers: [not 1f] } pool] && Array.TrueForAll(layer.Bias, bias => bias == 0)
                && FeedsConvolutionsOnly(network, layer.Output))
                return Unscale(network, layer, pool);
        return network;
    }

    /// <summary>Whether a value is read by convolutions and nothing else.</summary>
    public static bool FeedsConvolutionsOnly(Network network, int value) =>
        network.Outputs.All(output => output.Value != value) && network.Layers.Where(layer => layer.Inputs.Contains(value))
            .All(layer => layer is LinearLayer linear && linear.Terms.All(term => term.Input != value || term is ConvolutionFloatTerm));

    private static Network Unscale(Network network, LinearLayer layer, SumPoolFloatTerm pool)
    {
        float multiplier = pool.Multipliers[0];
        FloatTerm Scaled(FloatTerm term) => term is ConvolutionFloatTerm convolution && term.Input == layer.Output
            ? convolution with { Weights = Array.ConvertAll(convolution.Weights, w => (float)((double)w * multiplier)) } : term;
        return network with
        {
            Layers = [.. network.Layers.Select(other =>
                ReferenceEquals(other, layer) ? layer with { Terms = [pool with { Multipliers = [1f] }] }
                : other is LinearLayer linear && linear.Inputs.Contains(layer.Output) ? linear with { Terms = [.. linear.Terms.Select(Scaled)] }
                : other)],
        };
    }
}
