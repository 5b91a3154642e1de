using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Reference;
using Blindsight.Unit.Compiler.Onnx;

namespace Blindsight.Unit.Compiler.Passes;

public class ActivationRecognitionTests
{
    private static readonly float[] Mask = [1, 0, 0, 0, 0], C0 = [0, 0.1f, -0.3f, 1e-3f, 7], C1 = [0, 1 / 3f, 0.7f, -2, 0],
        C2 = [0, 0.2f, -1e-7f, 0, 0], C3 = [0, 0.01f, 0, 0, 0];

    [Theory]
    [InlineData(new long[] { -1, 5, 2, 3 }, new long[] { 1, 5, 1, 1 })]
    [InlineData(new long[] { -1, 5, 2, 3 }, new long[] { 5, 1, 1 })]
    [InlineData(new long[] { -1, 5 }, new long[] { 1, 5 })]
    [InlineData(new long[] { -1, 5 }, new long[] { 5 })]
    public void Coefficients_of_the_exporters_form_come_back_to_the_last_bit(long[] shape, long[] constants)
    {
        Graph graph = Import(Exported(new Models(13).Input("x", shape), constants).Output("y"));
        Node node = Assert.Single(graph.Nodes);
        ChannelActivationOperator found = Assert.IsType<ChannelActivationOperator>(node.Operator);
        Assert.Equal((0, float.PositiveInfinity), (found.Low, found.High));
        Assert.Equal(["x"], node.Inputs.ToArray());
        Assert.Equal("y", node.Output);
        Assert.Empty(graph.Constants);
        Assert.Equal(
            [ChannelFunction.Clamp, .. Enumerable.Range(1, 4).Select(c => new ChannelFunction(false, C0[c], C1[c], C2[c], C3[c]))], found.Channels.ToArray());
        Assert.Equal([0, 3, 2, 1, 0], found.Channels.Select(channel => channel.Degree));
    }

    [Fact]
    public void The_operator_computes_what_the_nodes_computed()
    {
        long[] constants = [1, 5, 1, 1];
        Graph whole = Import(Exported(new Models(13).Input("x", 1, 5, 2, 3), constants).Output("y"));
        // Outputs inside keep the nodes as they are.
        Graph parts = Import(Exported(new Models(13).Input("x", 1, 5, 2, 3), constants).Output("y", "r", "q"));
        Assert.DoesNotContain(parts.Nodes, node => node.Operator is ChannelActivationOperator);
        FloatTensor x = new([1, 5, 2, 3], [.. Enumerable.Range(-15, 30).Select(i => i * 0.3f)]);
        Assert.Equal(FloatReference.Run(parts, [x])[0].Data, FloatReference.Run(whole, [x])[0].Data);
    }

    [Theory]
    [InlineData("x*x*x")]
    [InlineData("pow 3")]
    [InlineData("x*(x*x)")]
    public void Cubes_are_found_in_other_spellings(string spelling)
    {
        Models models = new Models(13).Input("x", 1, 2).Floats("three", [], 3).Floats("half", [1, 2], 0.5f, -0.5f);
        _ = spelling switch
        {
            "x*x*x" => models.Node("Mul", ["x", "x"], "a").Node("Mul", ["a", "x"], "b"),
            "pow 3" => models.Node("Pow", ["x", "three"], "b"),
            _ => models.Node("Mul", ["x", "x"], "a").Node("Mul", ["x", "a"], "b"),
        };
        models.Node("Mul", ["b", "half"], "c").Node("Sub", ["c", "x"], "d").Node("Neg", ["d"], "y");
        ChannelActivationOperator found = Activation(models);
        Assert.Equal([new(false, 0, 1, 0, -0.5f), new(false, 0, 1, 0, 0.5f)], found.Channels.ToArray());
    }

    [Fact]
    public void A_square_and_a_constant_belong_to_the_nearest_value()
    {
        // (x + h)^2 + 1 with h added outside: the sum is what is squared.
        Graph graph = Import(new Models(13).Input("x", 1, 2).Floats("h", [1, 2], 3, 4).Floats("one", [1], 1)
            .Node("Add", ["x", "h"], "s").Node("Mul", ["s", "s"], "q").Node("Add", ["q", "one"], "y").Output("y"));
        Assert.Equal(["s"], graph.Nodes[1].Inputs.ToArray());
        Assert.Equal(new ChannelFunction(false, 1, 0, 1, 0), ((ChannelActivationOperator)graph.Nodes[1].Operator).Channels[1]);
    }

    [Fact]
    public void Clip_keeps_its_bounds_beside_constants()
    {
        ChannelActivationOperator found = Activation(new Models(13).Input("x", 1, 2).Floats("zero", [], 0).Floats("six", [], 6)
            .Floats("m", [1, 2], 0, 1).Floats("c", [1, 2], 2, 0)
            .Node("Clip", ["x", "zero", "six"], "r").Node("Mul", ["m", "r"], "g").Node("Add", ["c", "g"], "y"));
        Assert.Equal((0, 6), (found.Low, found.High));
        Assert.Equal([new(false, 2, 0, 0, 0), ChannelFunction.Clamp], found.Channels.ToArray());
    }

    [Theory]
    [InlineData("plain square")]
    [InlineData("scaled square")]
    [InlineData("affine")]
    [InlineData("leaky")]
    [InlineData("scaled relu")]
    [InlineData("two inputs")]
    [InlineData("fourth power")]
    [InlineData("by position")]
    [InlineData("relu of another value")]
    [InlineData("two clamps")]
    [InlineData("used elsewhere")]
    [InlineData("masks of ones")]
    public void Other_forms_stay_as_they_are(string form)
    {
        Models m = new Models(13).Input("x", 1, 2, 2).Floats("c", [1, 2, 1], 0.5f, 2).Floats("mask", [1, 2, 1], 0, 1)
            .Floats("ones", [1, 2, 1], 1, 1)
            .Floats("rest", [1, 2, 1], 1, 0).Floats("places", [1, 1, 2], 1, 2).Floats("zero", [], 0).Floats("six", [], 6);
        if (form == "two inputs") m.Input("z", 1, 2, 2);
        m = form switch
        {
            "plain square" => m.Node("Mul", ["x", "x"], "y"),
            "scaled square" => m.Node("Mul", ["x", "x"], "a").Node("Mul", ["a", "c"], "y"),
            "affine" => m.Node("Mul", ["x", "c"], "a").Node("Add", ["a", "c"], "y"),
            "leaky" => m.Node("Relu", ["x"], "r").Node("Mul", ["x", "c"], "a").Node("Add", ["r", "a"], "y"),
            "scaled relu" => m.Node("Relu", ["x"], "r").Node("Mul", ["r", "c"], "y"),
            "two inputs" => m.Node("Mul", ["x", "z"], "a").Node("Add", ["a", "x"], "y"),
            "fourth power" => m.Node("Mul", ["x", "x"], "a").Node("Mul", ["a", "x"], "b").Node("Mul", ["b", "x"], "d")
                .Node("Add", ["d", "x"], "y"),
            "by position" => m.Node("Mul", ["x", "x"], "a").Node("Mul", ["a", "places"], "b").Node("Add", ["b", "x"], "y"),
            "relu of another value" => m.Node("Add", ["x", "c"], "s").Node("Relu", ["s"], "r").Node("Mul", ["r", "mask"], "g")
                .Node("Mul", ["x", "rest"], "l").Node("Add", ["g", "l"], "y"),
            "two clamps" => m.Node("Relu", ["x"], "r").Node("Mul", ["r", "mask"], "g").Node("Clip", ["x", "zero", "six"], "k")
                .Node("Mul", ["k", "rest"], "l").Node("Add", ["g", "l"], "y"),
            "used elsewhere" => m.Node("Relu", ["x"], "r").Node("Mul", ["r", "mask"], "g").Node("Add", ["g", "rest"], "a")
                .Node("Concat", ["a", "r"], "y", Models.Number("axis", 1)),
            _ => m.Node("Relu", ["x"], "r").Node("Mul", ["r", "ones"], "y"),
        };
        Graph graph = Import(m.Output("y"));
        Assert.IsNotType<ChannelActivationOperator>(graph.Nodes[^1].Operator);
        // A masked clamp or a cube inside is an activation by itself; what mixes it with something else is not.
        bool inside = form is "relu of another value" or "two clamps" or "fourth power";
        Assert.Equal(inside, graph.Nodes.Any(node => node.Operator is ChannelActivationOperator));
    }

    [Fact]
    public void A_long_chain_of_channel_constants_is_read_quickly()
    {
        const int Nodes = 3000, Channels = 1000;
        Models models = new Models(13).Input("x", 1, Channels).Floats("c", [1, Channels], [.. Enumerable.Range(0, Channels).Select(i => i * 0.5f)])
            .Node("Mul", ["x", "x"], "v0");
        for (int i = 0; i < Nodes; i++) models.Node(i % 2 == 0 ? "Add" : "Mul", [$"v{i}", "c"], $"v{i + 1}");
        Assert.True(Import(models.Output($"v{Nodes}")).Nodes.Length > Nodes / 2);
    }

    /// <summary>Relu(x) * m + ((c3 * x + c2) * x + c1) * x + c0.</summary>
    private static Models Exported(Models models, long[] constants) => models
        .Floats("m", constants, Mask).Floats("c0", constants, C0).Floats("c1", constants, C1).Floats("c2", constants, C2).Floats("c3", constants, C3)
        .Node("Relu", ["x"], "r").Node("Mul", ["r", "m"], "g")
        .Node("Mul", ["x", "c3"], "h3").Node("Add", ["h3", "c2"], "q").Node("Mul", ["q", "x"], "h2").Node("Add", ["h2", "c1"], "l")
        .Node("Mul", ["l", "x"], "h1").Node("Add", ["g", "h1"], "sum").Node("Add", ["sum", "c0"], "y");

    private static ChannelActivationOperator Activation(Models models) =>
        Assert.IsType<ChannelActivationOperator>(Assert.Single(Import(models.Output("y")).Nodes).Operator);

    private static Graph Import(byte[] model) => OnnxImporter.Import(model, "test");
}
