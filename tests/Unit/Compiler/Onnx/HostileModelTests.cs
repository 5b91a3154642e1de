using Blindsight.Compiler;
using Blindsight.Compiler.Onnx;
using Google.Protobuf;
using Onnx;

namespace Blindsight.Unit.Compiler.Onnx;

/// <summary>Files of a few hundred bytes that ask for more than they may.</summary>
public class HostileModelTests
{
    private const long BytesMax = 128 << 20;

    [Fact]
    public void No_model_at_all() => Refused([1, 2, 3, 4], "not an ONNX model");

    [Fact]
    public void An_empty_file() => Refused([], "operator set 1");

    [Fact]
    public void A_version_that_is_not_known() => Refused(new Models(22).Input("x", 1).Node("Relu", ["x"], "y").Output("y"), "operator set 22");

    [Fact]
    public void A_huge_input() => Refused(new Models(13).Input("x", 1, long.MaxValue).Node("Relu", ["x"], "y").Output("y"), "at most");

    [Fact]
    public void A_huge_product_of_dimensions() =>
        Refused(new Models(13).Input("x", 0, 1 << 20, 1 << 20).Node("Flatten", ["x"], "y").Output("y"), "elements");

    [Fact]
    public void A_tensor_without_its_elements() => Refused(new Models(13).Floats("w", [1 << 25]).Node("Relu", ["w"], "y").Output("y"), "holds 0 elements");

    [Fact]
    public void A_huge_constant_of_shape() =>
        Refused(new Models(13).Ints("s", 1 << 12, 1 << 12).Node("ConstantOfShape", ["s"], "y").Output("y"), "the limit for a file of this size");

    [Fact]
    public void Constants_that_double_again_and_again()
    {
        Models model = new Models(13).Floats("v0", [2], 1, 2);
        for (int i = 0; i < 40; i++) model.Node("Concat", [$"v{i}", $"v{i}"], $"v{i + 1}", Models.Number("axis", 0));
        Refused(model.Output("v40"), "the limit for a file of this size");
    }

    [Fact]
    public void A_huge_pad_of_a_constant() =>
        Refused(new Models(13).Floats("v", [1], 1).Ints("p", 1 << 23, 1 << 23).Node("Pad", ["v", "p"], "y").Output("y"), "the limit for a file of this size");

    [Fact]
    public void Large_indices_used_again_and_again()
    {
        Models model = new Models(13).Input("x", 1, 4).Ints("i", [.. Enumerable.Repeat(0L, 100_000)]);
        for (int i = 0; i < 400; i++) model.Node("Gather", ["x", "i"], $"v{i}", Models.Number("axis", 1));
        Refused(model.Output([.. Enumerable.Range(0, 400).Select(i => $"v{i}")]), "the limit for a file of this size");
    }

    [Fact]
    public void Data_in_another_file()
    {
        Models model = new Models(13).Floats("w", [1], 1);
        model.Graph.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External;
        Refused(model.Node("Relu", ["w"], "y").Output("y"), "another file");
    }

    [Fact]
    public void A_nested_graph() =>
        Refused(new Models(13).Input("x", 1).Node("Relu", ["x"], "y", new AttributeProto { Name = "body", G = new GraphProto() }).Output("y"), "nested graph");

    [Fact]
    public void Graphs_nested_beyond_the_parser()
    {
        GraphProto graph = new();
        for (int depth = 0; depth < 60; depth++)
            graph = new GraphProto { Node = { new NodeProto { OpType = "If", Attribute = { new AttributeProto { Name = "b", G = graph } } } } };
        Refused(new ModelProto { Graph = graph }.ToByteArray(), "not an ONNX model");
    }

    [Fact]
    public void A_node_before_its_input() =>
        Refused(new Models(13).Input("x", 1).Node("Relu", ["a"], "y").Node("Relu", ["x"], "a").Output("y"), "nothing before it defines");

    [Fact]
    public void A_node_that_needs_itself() => Refused(new Models(13).Node("Relu", ["y"], "y").Output("y"), "nothing before it defines");

    [Fact]
    public void A_value_defined_twice() =>
        Refused(new Models(13).Input("x", 1).Node("Relu", ["x"], "x").Output("x"), "defined twice");

    [Fact]
    public void An_output_that_nothing_defines() => Refused(new Models(13).Input("x", 1).Output("y"), "nothing defines");

    private static void Refused(byte[] model, string reason)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        GraphException fault = Assert.Throws<GraphException>(() => OnnxImporter.Import(model, "hostile"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - bytes, 0, BytesMax);
        Assert.Contains(reason, fault.Message);
    }
}
