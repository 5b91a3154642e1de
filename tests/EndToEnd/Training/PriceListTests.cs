using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Cli.Planning;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Sessions;
using Blindsight.Training.Activations;
using Blindsight.Training.Export;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.EndToEnd.Training;

/// <summary>Prices of a network of three ReLUs, one of them behind a residual sum, on a wide-area link.</summary>
public sealed class PriceListTests
{
    private static readonly LinkSpeed Link = new(400e6, 20);
    private static readonly CostModel Costs = new(MachineCosts.Nominal);
    private static readonly ImmutableArray<FeatureShape> Shapes = [new(8, 12, 12), new(8, 12, 12), new(8, 12, 12)];

    [Fact]
    public void Whole_plans_cost_what_is_predicted_and_mixed_ones_nearly()
    {
        (Graph graph, InferencePlan plan) = Compiled();
        PriceList prices = PriceList.Of(graph, plan, Shapes, Costs, Link);
        PlanVariants variants = new(plan, prices.Names, [8, 8, 8]);
        Assert.Equal(Seconds(variants.AllExact()), prices.Prices.Of(All(ActivationKind.Exact)), 1e-9);
        Assert.Equal(Seconds(variants.AllLinear()), prices.Prices.Of(All(ActivationKind.Linear)), 1e-9);
        Assert.Equal(Seconds(variants.AllSquares()), prices.Prices.Of(All(ActivationKind.Square)), 1e-9);
        ImmutableArray<ActivationKind> mixed = [ActivationKind.Exact, .. Enumerable.Repeat(ActivationKind.Linear, 7)];
        Assert.Equal(Seconds(variants.OneExact(1)), prices.Prices.Of(All(ActivationKind.Linear).SetItem(1, mixed)), 0.02 * Seconds(plan));
    }

    [Fact]
    public void Rounds_make_a_layers_first_exact_channel_dear_and_cubes_are_out_of_reach()
    {
        (Graph graph, InferencePlan plan) = Compiled();
        Assert.All(PriceList.Of(graph, plan, Shapes, Costs, Link).Prices.Layers, layer =>
        {
            // At least four messages of 20 ms online, and those of the offline phase.
            Assert.InRange(layer.Exact, 0.06, 0.3);
            Assert.True(layer.Channel[(int)ActivationKind.Cubic] > layer.Channel[(int)ActivationKind.Exact]);
        });
    }

    [Fact]
    public void Another_number_of_activations_is_refused()
    {
        (Graph graph, InferencePlan plan) = Compiled();
        Assert.Throws<ParameterException>(() => PriceList.Of(graph, plan, [.. Shapes.Take(2)], Costs, Link));
    }

    private static ImmutableArray<ImmutableArray<ActivationKind>> All(ActivationKind kind) =>
        [.. Shapes.Select(shape => Enumerable.Repeat(kind, shape.Channels).ToImmutableArray())];

    private static double Seconds(InferencePlan plan)
    {
        SessionReport report = Costs.Predict(plan, Link);
        return report.Offline.Seconds + report.Online.Seconds;
    }

    private static (Graph Graph, InferencePlan Plan) Compiled()
    {
        NetworkBuilder builder = new(new FeatureShape(1, 12, 12));
        builder.Convolution(8, kernel: 3, pad: 1).Relu();
        int trunk = builder.Latest;
        builder.Convolution(8, kernel: 3, pad: 1).Relu().Convolution(8, kernel: 3, pad: 1).Add(trunk).Relu().Dense(3);
        using MemoryStream stream = new();
        OnnxExporter.Write(builder.Build(seed: 4), "priced", stream);
        Graph graph = OnnxImporter.Import(stream.ToArray(), "priced");
        Random random = new(5);
        FloatTensor[][] rows = [.. Enumerable.Range(0, 4).Select(_ =>
            new[] { new FloatTensor([1, 1, 12, 12], [.. Enumerable.Range(0, 144).Select(_ => random.NextSingle())]) })];
        return (graph, PlanCompiler.Compile(graph, rows, new CompileOptions()).Plan);
    }
}
