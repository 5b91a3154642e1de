using System.Collections.Immutable;
using Blindsight.Compiler;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Reference;
using Onnx;

namespace Blindsight.Unit.Compiler.Onnx;

public class OnnxImporterTests
{
    [Fact]
    public void Open_batch_becomes_one_and_a_fixed_batch_stays()
    {
        Assert.Equal([1, 3], Import(new Models(13).Input("x", -1, 3).Node("Relu", ["x"], "y").Output("y")).Shapes["y"].ToArray());
        Assert.Equal([5, 3], Import(new Models(13).Input("x", 5, 3).Node("Relu", ["x"], "y").Output("y")).Shapes["y"].ToArray());
    }

    [Fact]
    public void Another_open_dimension_is_refused_by_name()
    {
        GraphException fault = Refusal(new Models(13).Input("x", 1, -1).Node("Relu", ["x"], "y").Output("y"));
        Assert.Contains("'open'", fault.Message);
        Assert.Contains("'x'", fault.Message);
    }

    [Fact]
    public void Shape_arithmetic_leaves_a_single_reshape()
    {
        Graph graph = Import(new Models(13).Input("x", -1, 2, 3, 4)
            .Ints("zero", 0).Ints("rest", -1)
            .Node("Shape", ["x"], "shape").Node("Gather", ["shape", "zero"], "batch", Models.Number("axis", 0))
            .Node("Concat", ["batch", "rest"], "to", Models.Number("axis", 0)).Node("Reshape", ["x", "to"], "y").Output("y"));
        Node only = Assert.Single(graph.Nodes);
        Assert.IsType<ReshapeOperator>(only.Operator);
        Assert.Equal([1, 24], graph.Shapes["y"].ToArray());
        Assert.Empty(graph.Constants);
    }

    [Fact]
    public void Check_lists_every_unsupported_node_and_Import_names_the_first()
    {
        byte[] model = new Models(13).Input("x", 1, 3).Node("Erf", ["x"], "a").Node("Relu", ["a"], "b").Node("Celu", ["b"], "y").Output("y");
        IReadOnlyList<GraphProblem> problems = OnnxImporter.Check(model, "test");
        Assert.Equal(["Erf", "Celu"], problems.Select(problem => problem.Operator));
        Assert.Equal(["the a", "the y"], problems.Select(problem => problem.Node));
        Assert.All(problems, problem => Assert.Contains("supported are Add, ArgMax", problem.Message));
        GraphException fault = Refusal(model);
        Assert.Equal(("the a", "Erf"), (fault.Node, fault.Operator));
        Assert.Contains("1 more", fault.Message);
    }

    [Fact]
    public void Gemm_becomes_a_product_and_a_sum_with_factors_folded_into_constants()
    {
        byte[] model = new Models(13).Input("x", -1, 2).Floats("w", [3, 2], 1, 2, 3, 4, 5, 6).Floats("c", [3], 10, 20, 30)
            .Node("Gemm", ["x", "w", "c"], "y", Models.Number("transB", 1), Models.Number("alpha", 2f), Models.Number("beta", 0.5f)).Output("y");
        Graph graph = Import(model);
        Assert.Equal([typeof(MatMulOperator), typeof(BinaryOperator)], graph.Nodes.Select(node => node.Operator.GetType()));
        Assert.Equal([2 * 3 + 5f, 2 * 7 + 10f, 2 * 11 + 15f], Run(graph, [1, 2], [1, 1]));
    }

    [Fact]
    public void Sizes_are_read_from_attributes_and_from_inputs_as_the_version_has_it()
    {
        byte[] attributes = new Models(9).Input("x", 1, 4)
            .Node("Slice", ["x"], "y", Models.Attribute("starts", 1), Models.Attribute("ends", long.MaxValue), Models.Attribute("axes", 1)).Output("y");
        byte[] inputs = new Models(13).Input("x", 1, 4).Ints("s", 3).Ints("e", long.MinValue).Ints("a", -1).Ints("step", -2)
            .Node("Slice", ["x", "s", "e", "a", "step"], "y").Output("y");
        Assert.Equal([2f, 3, 4], Run(Import(attributes), [1, 4], [1, 2, 3, 4]));
        Assert.Equal([4f, 2], Run(Import(inputs), [1, 4], [1, 2, 3, 4]));
    }

    [Fact]
    public void Initialisers_listed_as_inputs_are_no_inputs()
    {
        Graph graph = Import(new Models(7).Input("x", 1, 2).Input("w", 2).Floats("w", [2], 3, 4).Node("Mul", ["x", "w"], "y").Output("y"));
        Assert.Equal(["x"], graph.Inputs.ToArray());
        Assert.Equal([3f, 4], graph.Constants["w"].Data);
    }

    [Fact]
    public void A_value_times_itself_and_a_second_power_are_squares()
    {
        Graph graph = Import(new Models(13).Input("x", 1, 2).Floats("two", [], 2)
            .Node("Mul", ["x", "x"], "a").Node("Pow", ["a", "two"], "y").Output("y"));
        Assert.All(graph.Nodes, node => Assert.Equal(new UnaryOperator(UnaryKind.Square), node.Operator));
        Assert.Equal([81f, 16], Run(graph, [1, 2], [3, -2]));
    }

    [Fact]
    public void An_output_that_renames_a_value_keeps_its_name()
    {
        Graph graph = Import(new Models(13).Input("x", 1, 2).Node("Dropout", ["x"], "d").Node("Identity", ["d"], "y").Output("y"));
        Assert.Equal(["y"], graph.Outputs.ToArray());
        Assert.Equal([1f, 2], Run(graph, [1, 2], [1, 2]));
    }

    [Theory]
    [InlineData("SAME_UPPER", new[] { 0, 0, 1, 1 })]
    [InlineData("SAME_LOWER", new[] { 1, 1, 0, 0 })]
    public void Auto_pad_is_resolved(string autoPad, int[] pads)
    {
        Graph graph = Import(new Models(13).Input("x", 1, 1, 4, 4).Floats("w", [1, 1, 3, 3], new float[9])
            .Node("Conv", ["x", "w"], "y", Models.Text("auto_pad", autoPad), Models.Attribute("strides", 2, 2)).Output("y"));
        Assert.Equal(pads, ((ConvolutionOperator)graph.Nodes[0].Operator).Pads.ToArray());
        Assert.Equal([1, 1, 2, 2], graph.Shapes["y"].ToArray());
    }

    [Fact]
    public void Average_pools_count_what_they_should_with_ceil_mode()
    {
        Models Pool(long includePad) => new Models(13).Input("x", 1, 1, 5).Node("AveragePool", ["x"], "y", Models.Attribute("kernel_shape", 3),
            Models.Attribute("strides", 2), Models.Attribute("pads", 1, 0), Models.Number("ceil_mode", 1), Models.Number("count_include_pad", includePad));
        Assert.Equal([1.5f, 3, 4.5f], Run(Import(Pool(0).Output("y")), [1, 1, 5], [1, 2, 3, 4, 5]));
        Assert.Equal([1f, 3, 4.5f], Run(Import(Pool(1).Output("y")), [1, 1, 5], [1, 2, 3, 4, 5]));
    }

    [Theory]
    [InlineData("edge", new float[] { 1, 1, 1, 2, 3, 3 })]
    [InlineData("reflect", new float[] { 3, 2, 1, 2, 3, 2 })]
    public void Borders_may_repeat_elements(string mode, float[] expected)
    {
        byte[] model = new Models(13).Input("x", 1, 3).Ints("p", 0, 2, 0, 1).Node("Pad", ["x", "p"], "y", Models.Text("mode", mode)).Output("y");
        Assert.Equal(expected, Run(Import(model), [1, 3], [1, 2, 3]));
    }

    [Fact]
    public void Integer_division_of_known_values_rounds_towards_zero()
    {
        byte[] model = new Models(13).Input("x", 1, 6).Ints("a", -7, 12).Ints("b", 7, 5)
            .Node("Div", ["a", "b"], "shape").Node("Reshape", ["x", "shape"], "y").Output("y");
        Assert.Contains("[-1, 2]", Assert.Throws<GraphException>(() => Import(new Models(13).Input("x", 1, 7).Ints("a", -7, 12).Ints("b", 7, 5)
            .Node("Div", ["a", "b"], "shape").Node("Reshape", ["x", "shape"], "y").Output("y"))).Message);
        Assert.Equal([3, 2], Import(model).Shapes["y"].ToArray());
    }

    private static Graph Import(byte[] model) => OnnxImporter.Import(model, "test");

    private static GraphException Refusal(byte[] model) => Assert.Throws<GraphException>(() => Import(model));

    private static float[] Run(Graph graph, ImmutableArray<int> shape, float[] x) => FloatReference.Run(graph, [new FloatTensor(shape, x)])[0].Data;
}
