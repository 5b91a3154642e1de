using System.Collections.Immutable;
using Blindsight.Training.Activations;

namespace Blindsight.Unit.Training.Activations;

public sealed class AssignmentSearchTests
{
    private static readonly LayerPrices Price = new(Exact: 1, Square: 0.1, Channel: [0, 0.1, 0.5, 0.9, 1]);

    [Fact]
    public void A_layer_pays_once_for_what_its_channels_share()
    {
        ActivationPrices prices = new(10, [Price, Price]);
        Assert.Equal(10 + (1 + 0.1 + 1 + 0.5) + (0.1 + 0.1), prices.Of(
            [[ActivationKind.Exact, ActivationKind.Square], [ActivationKind.Linear, ActivationKind.Linear]]), 1e-12);
    }

    /// <summary>Against all 5^4 choices of two layers of two channels, for many targets.</summary>
    [Fact]
    public void No_other_choice_is_both_as_fast_and_better()
    {
        ActivationPrices prices = new(0, [Price, Price]);
        ChannelEstimate[][] estimates = [[Estimate(3, 1, 0.2), Estimate(5, 4, 0.1)], [Estimate(0.3, 0.2, 0.1), Estimate(9, 8, 7)]];
        ImmutableArray<ImmutableArray<ActivationKind>> present = [[ActivationKind.Exact, ActivationKind.Exact], [ActivationKind.Exact, ActivationKind.Exact]];
        (double Seconds, double Loss)[] all = [.. All().Select(kinds => (prices.Of(kinds), Loss(kinds, estimates)))];
        for (double target = 6; target > 0; target -= 0.05)
        {
            ImmutableArray<ImmutableArray<ActivationKind>> chosen = new AssignmentSearch(prices, PlanningMode.Channel).Choose(present, estimates, target);
            double seconds = prices.Of(chosen), loss = Loss(chosen, estimates);
            Assert.True(seconds <= target, $"{seconds} for {target}");
            Assert.DoesNotContain(all, other => other.Seconds <= seconds && other.Loss < loss - 1e-9);
        }
    }

    [Fact]
    public void Where_rounds_cost_a_layer_gives_up_its_comparisons_together()
    {
        ActivationPrices prices = new(0, [Price with { Exact = 100 }]);
        ChannelEstimate[][] estimates = [[Estimate(3, 1, 0.2), Estimate(5, 4, 0.1)]];
        ImmutableArray<ImmutableArray<ActivationKind>> chosen = new AssignmentSearch(prices, PlanningMode.Channel)
            .Choose([[ActivationKind.Exact, ActivationKind.Exact]], estimates, 99);
        Assert.DoesNotContain(ActivationKind.Exact, chosen[0]);
    }

    [Fact]
    public void A_polynomial_never_becomes_exact_again()
    {
        ActivationPrices prices = new(0, [Price, Price]);
        ChannelEstimate[][] estimates = [[Estimate(3, 1, 0.2), Estimate(5, 4, 0.1)], [Estimate(0.3, 0.2, 0.1), Estimate(9, 8, 7)]];
        ImmutableArray<ImmutableArray<ActivationKind>> present =
            [[ActivationKind.Linear, ActivationKind.Exact], [ActivationKind.Constant, ActivationKind.Square]];
        ImmutableArray<ImmutableArray<ActivationKind>> chosen = new AssignmentSearch(prices, PlanningMode.Channel).Choose(present, estimates, 0);
        for (int site = 0; site < 2; site++)
            for (int c = 0; c < 2; c++) Assert.True(chosen[site][c] <= present[site][c]);
    }

    [Fact]
    public void Layer_mode_takes_whole_layers_and_none_takes_nothing()
    {
        ActivationPrices prices = new(0, [Price, Price]);
        ChannelEstimate[][] estimates = [[Estimate(3, 1, 0.2), Estimate(5, 4, 0.1)], [Estimate(0.3, 0.2, 0.1), Estimate(9, 8, 7)]];
        ImmutableArray<ImmutableArray<ActivationKind>> present = [[ActivationKind.Exact, ActivationKind.Exact], [ActivationKind.Exact, ActivationKind.Exact]];
        ImmutableArray<ImmutableArray<ActivationKind>> chosen = new AssignmentSearch(prices, PlanningMode.Layer).Choose(present, estimates, 5);
        Assert.All(chosen[0], kind => Assert.Equal(ActivationKind.Square, kind));
        Assert.All(chosen[1], kind => Assert.Equal(ActivationKind.Exact, kind));
        Assert.Equal(present, new AssignmentSearch(prices, PlanningMode.None).Choose(present, estimates, 0));
    }

    /// <summary>An estimate with given losses of degree 0, 1 and 2, and half the last for degree 3.</summary>
    private static ChannelEstimate Estimate(double constant, double linear, double square)
    {
        // The change is sum(g * (p(x) - y)); with g = 1 at x = 0 and y = 0 it is p(0), of which the loss takes the square.
        return new ChannelEstimate([
            [(float)Math.Sqrt(constant), 0, 0, 0], [(float)Math.Sqrt(linear), 1, 0, 0], [(float)Math.Sqrt(square), 0, 1, 0],
            [(float)Math.Sqrt(square / 2), 0, 0, 1]], range: 1).Seen();
    }

    private static IEnumerable<ImmutableArray<ImmutableArray<ActivationKind>>> All()
    {
        ActivationKind[] kinds = Enum.GetValues<ActivationKind>();
        return from a in kinds from b in kinds from c in kinds from d in kinds
               select (ImmutableArray<ImmutableArray<ActivationKind>>)[[a, b], [c, d]];
    }

    private static double Loss(ImmutableArray<ImmutableArray<ActivationKind>> kinds, ChannelEstimate[][] estimates) =>
        kinds.Select((layer, site) => layer.Select((kind, c) => kind == ActivationKind.Exact ? 0 : estimates[site][c][kind]!.Loss).Sum()).Sum();
}

file static class EstimateExtensions
{
    public static ChannelEstimate Seen(this ChannelEstimate estimate)
    {
        estimate.Add([0], [1], [0]);
        return estimate;
    }
}
