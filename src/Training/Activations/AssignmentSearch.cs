using System.Collections.Immutable;

namespace Blindsight.Training.Activations;

/// <summary>What may be replaced at a time.</summary>
public enum PlanningMode
{
    /// <summary>Single channels, by polynomials of degree 0 to 3.</summary>
    Channel,

    /// <summary>Whole layers, by polynomials of degree 2: after Delphi (Mishra et al., 2020, section 5).</summary>
    Layer,

    /// <summary>Nothing: the same training without replacement.</summary>
    None,
}

/// <summary>
/// Chooses every channel's kind for a target latency: the least sum of estimated losses. Losses and prices are sums over layers, and within a layer
/// over channels but for what it pays once if any channel is exact or a square. So for a given worth of a second each layer's best choice is
/// found by trying its few combinations of "may be exact" and "may be a square", and the worth is found by bisection: Lagrange's relaxation, which costs no
/// evaluation of a network. (A population-based search over ratios evaluates hundreds.) What is a polynomial stays one, of the same degree or a lower one.
/// </summary>
internal sealed class AssignmentSearch(ActivationPrices prices, PlanningMode mode)
{
    private const int Bisections = 60;

    /// <summary>The kinds, by site and channel; the cheapest there are where no choice is fast enough.</summary>
    /// <param name="present">What the channels are now.</param>
    /// <param name="target">Seconds.</param>
    public ImmutableArray<ImmutableArray<ActivationKind>> Choose(
        ImmutableArray<ImmutableArray<ActivationKind>> present, ChannelEstimate[][] estimates, double target)
    {
        if (mode == PlanningMode.None || prices.Of(present) <= target) return present;
        double low = 1e-12, high = 1e12;
        if (prices.Of(At(high)) > target) return At(high);
        for (int i = 0; i < Bisections; i++)
        {
            double worth = Math.Sqrt(low * high);
            if (prices.Of(At(worth)) <= target) high = worth;
            else low = worth;
        }
        return At(high);

        ImmutableArray<ImmutableArray<ActivationKind>> At(double worth) =>
            [.. present.Select((kinds, site) => Layer(kinds, estimates[site], prices.Layers[site], worth))];
    }

    /// <summary>The kinds of one layer that minimise loss + worth * seconds.</summary>
    private ImmutableArray<ActivationKind> Layer(
        ImmutableArray<ActivationKind> present, ChannelEstimate[] estimates, LayerPrices price, double worth)
    {
        ImmutableArray<ActivationKind> best = present;
        double least = worth * price.Of(present);
        foreach (ImmutableArray<ActivationKind> kinds in Candidates(present, estimates, price, worth))
        {
            double total = worth * price.Of(kinds);
            for (int c = 0; c < kinds.Length; c++) total += Loss(present[c], kinds[c], estimates[c]);
            if (total < least) (best, least) = (kinds, total);
        }
        return best;
    }

    private IEnumerable<ImmutableArray<ActivationKind>> Candidates(
        ImmutableArray<ActivationKind> present, ChannelEstimate[] estimates, LayerPrices price, double worth)
    {
        if (mode == PlanningMode.Layer)
        {
            yield return [.. present.Select((kind, c) => kind != ActivationKind.Exact ? kind
                : estimates[c][ActivationKind.Square] is null ? ActivationKind.Linear : ActivationKind.Square)];
            yield break;
        }
        foreach (bool exact in (bool[])[true, false])
            foreach (bool square in (bool[])[true, false])
                yield return [.. present.Select((kind, c) => Best(kind, estimates[c], price, worth, exact, square))];
    }

    private static ActivationKind Best(ActivationKind present, ChannelEstimate estimate, LayerPrices price, double worth, bool exact, bool square)
    {
        ActivationKind best = present;
        double least = double.PositiveInfinity;
        for (ActivationKind kind = ActivationKind.Constant; kind <= present; kind++)
        {
            if (kind == ActivationKind.Exact && !exact || kind is ActivationKind.Square or ActivationKind.Cubic && !square) continue;
            double total = Loss(present, kind, estimate) + worth * price.Channel[(int)kind];
            if (total < least) (best, least) = (kind, total);
        }
        return best;
    }

    private static double Loss(ActivationKind present, ActivationKind kind, ChannelEstimate estimate) =>
        kind == present ? 0 : estimate[kind]?.Loss ?? double.PositiveInfinity;
}
