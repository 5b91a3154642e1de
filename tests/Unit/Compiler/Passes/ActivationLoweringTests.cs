using System.Collections.Immutable;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Passes;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Unit.Compiler.Onnx;
using GraphBuilder = Blindsight.Harness.GraphBuilder;

namespace Blindsight.Unit.Compiler.Passes;

/// <summary>Channel-wise activations from graph to plan: the function stays, and no layer remains that need not.</summary>
public class ActivationLoweringTests
{
    private static readonly ImmutableArray<ChannelFunction> Mixed =
    [
        ChannelFunction.Clamp, new(false, 0.3f, -0.7f, 0.35f, 0), new(false, -0.1f, 0.4f, -0.2f, 0), new(false, 0.25f, 1, 0, 0),
        new(false, 0.2f, -1.5f, 0, 0), new(false, -0.6f, 0, 0, 0), new(false, 0, 0, 0.25f, 0), new(false, 0.1f, 0.5f, 0.5f, 0),
    ];

    [Fact]
    public void A_mixed_activation_after_a_convolution_is_one_layer_behind_it()
    {
        GraphBuilder b = new(1);
        string x = b.Convolution(b.Input(1, 3, 6, 6), 8, 3, pad: 1);
        Network network = Simplify(b.Build(b.Convolution(Activation(b, x, Mixed), 4, 3, pad: 1)));
        Assert.Equal(["InputLayer", "LinearLayer", "ActivationLayer", "LinearLayer"], Kinds(network));
        ActivationLayer layer = network.Layers.OfType<ActivationLayer>().Single();
        Assert.Equal("csniikss", layer.Kinds);
        Assert.Equal([0, -2, -2, 0, 0, 0, -2, -1], layer.Exponents.ToArray());
        // The others' constants are the convolution's, except what completing the square leaves.
        Assert.Equal([0, 0.3f - 0.35f, -0.1f + 0.2f, 0, 0, -0.6f, 0, 0.1f - 0.125f], layer.Offsets, (a, e) => Math.Abs(a - e) < 1e-6);
    }

    [Fact]
    public void Powers_of_two_and_shifts_leave_residual_branches_alone()
    {
        GraphBuilder b = new(2);
        string x = b.Relu(b.Convolution(b.Input(1, 2, 6, 6), 4, 3, pad: 1));
        ImmutableArray<ChannelFunction> functions = [ChannelFunction.Clamp, new(false, 0, 0.5f, 0.25f, 0), new(false, 1, 1, 0, 0), ChannelFunction.Clamp];
        string y = Activation(b, b.Binary(BinaryKind.Add, x, b.Convolution(x, 4, 3, pad: 1)), functions);
        Network network = Simplify(b.Build(b.Convolution(y, 2, 1)));
        LinearLayer sum = network.Layers.OfType<LinearLayer>().ElementAt(1);
        Assert.Equal(2, sum.Terms.Length);
        Assert.Contains(sum.Terms, term => term is IdentityFloatTerm);
        Assert.Equal(["InputLayer", "LinearLayer", "ClampLayer", "LinearLayer", "ActivationLayer", "LinearLayer"], Kinds(network));
    }

    [Fact]
    public void A_scale_of_one_and_no_shift_leave_no_layer_in_front()
    {
        GraphBuilder b = new(3);
        string pooled = b.MaxPool(b.Convolution(b.Input(1, 2, 6, 6), 3, 3, pad: 1), 2, 2);
        string y = Activation(b, pooled, [ChannelFunction.Clamp, new(false, 2, 0, -8, 0), new(false, 0, 1, 0, 0)]);
        Assert.Equal(["InputLayer", "LinearLayer", "MaxPoolLayer", "ActivationLayer"], Kinds(Simplify(b.Build(y))));
    }

    [Fact]
    public void Rows_are_activated_by_element()
    {
        GraphBuilder b = new(4);
        Network network = Simplify(b.Build(b.Dense(Activation(b, b.Dense(b.Input(1, 5), 8), Mixed), 3)));
        Assert.Equal(["InputLayer", "LinearLayer", "ActivationLayer", "LinearLayer"], Kinds(network));
    }

    [Fact]
    public void A_plain_square_stays_one_channel_without_offset()
    {
        GraphBuilder b = new(5);
        string x = b.Convolution(b.Input(1, 2, 4, 4), 3, 3);
        Network network = Simplify(b.Build(b.Add(new UnaryOperator(UnaryKind.Square), b.Shape(x), x)));
        ActivationLayer square = network.Layers.OfType<ActivationLayer>().Single();
        Assert.Equal(("s", 0), (square.Kinds, square.Exponents[0]));
        Assert.Equal([0], square.Offsets);
    }

    [Fact]
    public void Cubics_are_made_of_squares_beside_the_other_channels()
    {
        GraphBuilder b = new(6);
        string x = b.Convolution(b.Input(1, 3, 6, 6), 4, 3, pad: 1);
        ImmutableArray<ChannelFunction> functions =
            [new(false, 0.1f, 0.5f, -0.3f, 0.2f), ChannelFunction.Clamp, new(false, 0, 0, 0, -0.4f), new(false, 0.2f, 0.3f, 0.25f, 0)];
        Graph graph = b.Build(b.Convolution(Activation(b, x, functions), 3, 3));
        Network network = Simplify(graph);
        Assert.Equal(["ssnn", "ssnn", "cs"], network.Layers.OfType<ActivationLayer>().Select(layer => layer.Kinds));
        FloatTensor[][] rows = [.. Enumerable.Range(0, 8).Select(i => GraphBuilder.RandomInputs(graph, i))];
        CompiledModel compiled = PlanCompiler.Compile(graph, rows, new());
        Assert.InRange(compiled.OutputError, 0, 0.006);
        Assert.Empty(PlanRun.WithDealers(compiled.Model, rows[..1]).Faults);
    }

    [Fact]
    public void Cubics_alone_are_a_sum_of_squares_too()
    {
        GraphBuilder b = new(7);
        Simplify(b.Build(Activation(b, b.Dense(b.Input(1, 4), 2), [new(false, 0, 1, 0, 0.5f), new(false, 1, 0, -1, 1)])));
    }

    [Theory]
    [InlineData("ot")]
    [InlineData("garbled")]
    public void From_ONNX_to_a_secure_run_that_agrees_with_floats(string comparison)
    {
        Graph graph = OnnxImporter.Import(Model(), "mixed");
        FloatTensor[][] Rows(int seed, int count) => [.. Enumerable.Range(seed, count).Select(i => GraphBuilder.RandomInputs(graph, i))];
        CompiledModel compiled = PlanCompiler.Compile(graph, Rows(0, 16), new() { Comparison = comparison });
        Assert.InRange(compiled.OutputError, 0, 0.006);
        ActivationStep[] steps = [.. compiled.Plan.Steps.OfType<ActivationStep>()];
        Assert.Equal(["csik", "iiks"], steps.Select(step => step.Kinds));
        Assert.InRange(steps[0].InputShift, 1, 8);
        Assert.Contains("1 relu, 1 degree 2, 1 degree 1, 1 degree 0",
            PlanTable.Rows(compiled.Plan).Single(row => row.Kind == "activation" && row.Name == steps[0].Name).Details);
        FloatTensor[][] rows = Rows(100, 2);
        PlanRun.Agreement secure = PlanRun.WithDealers(compiled.Model, rows);
        Assert.Empty(secure.Faults);
        for (int row = 0; row < rows.Length; row++)
        {
            float[] expected = FloatReference.Run(graph, rows[row])[0].Data, actual = secure.Outputs[row][0].Data;
            float largest = expected.Max(Math.Abs);
            for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i] - expected[i], -0.03f * largest, 0.03f * largest);
        }
        AssertOffersNoWeights(compiled);
    }

    private static void AssertOffersNoWeights(CompiledModel compiled)
    {
        QuantizedModel again = PlanCompiler.Quantize(OnnxImporter.Import(Model(), "mixed"), compiled.Plan);
        foreach ((int step, int[] offsets) in compiled.Model.Offsets) Assert.Equal(offsets, again.Offsets[step]);
        Assert.NotEmpty(again.Offsets);
    }

    private static byte[] Model()
    {
        Random random = new(1);
        float[] Weights(int count, float size) => [.. Enumerable.Range(0, count).Select(_ => size * (2 * random.NextSingle() - 1))];
        return new Models(13).Input("x", -1, 2, 6, 6).Floats("w", [4, 2, 3, 3], Weights(72, 0.4f)).Floats("b", [4], Weights(4, 0.3f))
            .Floats("m", [1, 4, 1, 1], 1, 0, 0, 0).Floats("c0", [1, 4, 1, 1], 0, 0.2f, -0.1f, 0.4f)
            .Floats("c1", [1, 4, 1, 1], 0, 0.5f, 0.8f, 0).Floats("c2", [1, 4, 1, 1], 0, 0.3f, 0, 0)
            .Node("Conv", ["x", "w", "b"], "t", Models.Attribute("pads", 1, 1, 1, 1))
            .Node("Relu", ["t"], "r").Node("Mul", ["r", "m"], "g").Node("Mul", ["t", "c2"], "q").Node("Add", ["q", "c1"], "l")
            .Node("Mul", ["l", "t"], "h").Node("Add", ["g", "h"], "s").Node("Add", ["s", "c0"], "a")
            .Floats("w2", [4, 4, 3, 3], Weights(144, 0.3f)).Node("Conv", ["a", "w2"], "u")
            .Floats("zero", [1, 4, 1, 1], 0, 0, 0, 0.3f).Floats("one", [1, 4, 1, 1], 1, 1, 0, 1).Floats("k", [1, 4, 1, 1], 0.5f, 0, 0.7f, 0)
            .Node("Mul", ["u", "zero"], "z").Node("Add", ["z", "one"], "o").Node("Mul", ["o", "u"], "p").Node("Add", ["p", "k"], "v")
            .Node("Flatten", ["v"], "f").Floats("w3", [64, 5], Weights(320, 0.2f)).Node("MatMul", ["f", "w3"], "y").Output("y");
    }

    private static string Activation(GraphBuilder b, string x, ImmutableArray<ChannelFunction> functions) =>
        b.Add(new ChannelActivationOperator(0, float.PositiveInfinity, functions), b.Shape(x), x);

    private static string[] Kinds(Network network) => [.. network.Layers.Select(layer => layer.GetType().Name)];

    private static Network Simplify(Graph graph)
    {
        Network lowered = GraphLowering.Lower(graph, labelOnly: false), simplified = NetworkPasses.Run(lowered);
        FloatTensor[] inputs = GraphBuilder.RandomInputs(graph, 99);
        float[] expected = FloatReference.Run(graph, inputs)[0].Data;
        foreach (Network network in new[] { lowered, simplified })
        {
            float[] actual = NetworkExecutor.Run(network, inputs)[0];
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4f * (1 + Math.Abs(expected[i])));
        }
        return simplified;
    }
}
