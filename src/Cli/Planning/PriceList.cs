using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Training.Activations;
using Blindsight.Training.Tensors;

namespace Blindsight.Cli.Planning;

/// <summary>
/// What each channel's activation costs in secure inference, from predictions of changed plans: all channels of all activations linear, all squares, all
/// exact; and for each activation what its first exact channel, or its first square, adds to a plan that is linear elsewhere (mostly rounds). What
/// remains of the difference between whole plans is shared out by elements, because the transfers of single layers come in batches.
/// </summary>
/// <param name="Names">Of the activations, as the model has them.</param>
internal sealed record PriceList(ActivationPrices Prices, ImmutableArray<string> Names)
{
    /// <summary>A cube costs more than so many comparisons (decision 0013), and layers of its own, which is why it is priced out of reach.</summary>
    private const int ComparisonsOfACube = 2;

    /// <param name="plan">Of the model as it is.</param>
    /// <param name="activations">Of the trainable model, in the graph's order.</param>
    /// <exception cref="ParameterException">An activation of the model is not in the plan.</exception>
    public static PriceList Of(Graph graph, InferencePlan plan, ImmutableArray<FeatureShape> activations, CostModel costs, LinkSpeed link)
    {
        ImmutableArray<string> names = [.. graph.Nodes.Where(IsActivation).Select(node => node.Name)];
        if (names.Length != activations.Length)
            throw new ParameterException($"The model has {names.Length} activations, the trainable one {activations.Length}.");
        PlanVariants variants = new(plan, [.. names], [.. activations.Select(shape => shape.Channels)]);
        double exact = Seconds(variants.AllExact()), linear = Seconds(variants.AllLinear()), square = Seconds(variants.AllSquares());
        double[] firstExact = [.. names.Select((_, i) => Math.Max(0, Seconds(variants.OneExact(i)) - linear))];
        double[] firstSquare = [.. names.Select((_, i) => Math.Max(0, Seconds(variants.OneSquare(i)) - linear))];
        double elements = Enumerable.Range(0, names.Length).Sum(variants.Elements);
        double exactElement = Math.Max(0, exact - linear - firstExact.Sum()) / elements;
        double squareElement = Math.Max(0, square - linear - firstSquare.Sum()) / elements;
        return new(new(linear, [.. names.Select((_, i) => new LayerPrices(firstExact[i], firstSquare[i],
            Channel(exactElement, squareElement, firstExact[i], variants.Elements(i) / activations[i].Channels)))]), names);

        double Seconds(InferencePlan variant)
        {
            Inference.Sessions.SessionReport report = costs.Predict(variant, link);
            return report.Offline.Seconds + report.Online.Seconds;
        }
    }

    /// <summary>By <see cref="ActivationKind"/>. A constant is extended like a linear channel.</summary>
    private static ImmutableArray<double> Channel(double exact, double square, double firstExact, int positions) =>
        [0, 0, square * positions, ComparisonsOfACube * (exact * positions + firstExact), exact * positions];

    private static bool IsActivation(Node node) =>
        node.Operator is UnaryOperator { Kind: UnaryKind.Relu } or ClipOperator or ChannelActivationOperator;
}
