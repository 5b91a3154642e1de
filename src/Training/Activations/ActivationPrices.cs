using System.Collections.Immutable;

namespace Blindsight.Training.Activations;

/// <summary>
/// What secure inference takes, in seconds, as a function of every channel's activation: a sum over layers, so that choices can be
/// searched without running or compiling anything.
/// </summary>
/// <param name="Base">All that no activation changes.</param>
/// <param name="Layers">By activation, in the network's order.</param>
public sealed record ActivationPrices(double Base, ImmutableArray<LayerPrices> Layers)
{
    /// <summary>The seconds of a choice of kinds, by activation and channel.</summary>
    public double Of(ImmutableArray<ImmutableArray<ActivationKind>> kinds) =>
        Base + Layers.Select((layer, i) => layer.Of(kinds[i])).Sum();
}

/// <summary>The seconds of one activation.</summary>
/// <param name="Exact">What a layer pays once if any of its channels is exact: mostly the rounds of comparisons.</param>
/// <param name="Square">What it pays once if any is a square or a cube.</param>
/// <param name="Channel">What one channel of each kind costs, by <see cref="ActivationKind"/>.</param>
public sealed record LayerPrices(double Exact, double Square, ImmutableArray<double> Channel)
{
    public double Of(ImmutableArray<ActivationKind> kinds)
    {
        double sum = kinds.Sum(kind => Channel[(int)kind]);
        if (kinds.Contains(ActivationKind.Exact)) sum += Exact;
        if (kinds.Any(kind => kind is ActivationKind.Square or ActivationKind.Cubic)) sum += Square;
        return sum;
    }
}
