using Blindsight.Compiler;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Training.Synthesis;
using Blindsight.Unit.Compiler.Onnx;
using Google.Protobuf;
using Onnx;

namespace Blindsight.Unit.Training.Synthesis;

public sealed class WeightSynthesisTests
{
    private const int Channels = 16, Side = 6, Classes = 5;

    [Fact]
    public void A_seed_decides_every_byte()
    {
        byte[] first = Bytes(Topology(), seed: 5);
        Assert.Equal(first, Bytes(Topology(), seed: 5));
        Assert.NotEqual(first, Bytes(Topology(), seed: 6));
    }

    [Fact]
    public void Weights_are_normal_with_variance_two_over_the_consumers_fan_in()
    {
        Graph graph = Imported(seed: 1);
        AssertDeviation(Math.Sqrt(2.0 / (3 * 9)), graph.Constants["stem.weights"].Data);
        AssertDeviation(Math.Sqrt(2.0 / (Channels * 9)), graph.Constants["branch.weights"].Data);
        AssertDeviation(Math.Sqrt(2.0 / Channels), Dense(graph));
    }

    [Fact]
    public void Biases_are_zero_and_only_the_end_of_a_residual_branch_is_scaled_down()
    {
        Graph graph = Imported(seed: 1);
        Assert.All(graph.Constants["stem.bias"].Data, bias => Assert.Equal(0, bias));
        Assert.All(graph.Constants["branch.scale"].Data, scale => Assert.Equal((float)WeightSynthesis.ResidualScale, scale));
        Assert.All(graph.Constants["shortcut.scale"].Data, scale => Assert.Equal(1, scale));
        Assert.All(graph.Constants["branch.variance"].Data, variance => Assert.Equal(1, variance));
    }

    [Fact]
    public void Constants_that_are_no_weights_and_all_shapes_stay()
    {
        Graph graph = Imported(seed: 1);
        Assert.Equal([1, Classes], graph.Shapes["probabilities"].AsEnumerable());
        Assert.Contains(graph.Nodes, node => node.Operator is ClipOperator { Low: -1.5f, High: 6 });
    }

    [Fact]
    public void A_final_softmax_is_left_out_and_the_output_keeps_its_name()
    {
        SynthesizedModel model = WeightSynthesis.Create(Parsed(Topology()), seed: 1);
        Assert.Equal(1, model.SoftmaxesDropped);
        Graph graph = Imported(seed: 1);
        Assert.Equal(["probabilities"], graph.Outputs.AsEnumerable());
        Assert.DoesNotContain(graph.Nodes, node => node.Operator is SoftmaxOperator);
    }

    [Fact]
    public void The_result_compiles_and_runs_in_fixed_point()
    {
        Graph graph = Imported(seed: 3);
        FloatTensor[][] rows = [.. Enumerable.Range(0, 4).Select(seed => Harness.GraphBuilder.RandomInputs(graph, seed))];
        CompiledModel compiled = PlanCompiler.Compile(graph, rows, new CompileOptions());
        float[] expected = FloatReference.Run(graph, rows[0])[0].Data, actual = new FixedPointReference(compiled.Model).Run(rows[0])[0].Data;
        double scale = Math.Sqrt(expected.Average(x => (double)x * x));
        Assert.InRange(scale, 0.1, 10);
        for (int i = 0; i < Classes; i++) Assert.Equal(expected[i], actual[i], 0.02 * scale);
    }

    [Fact]
    public void DenseNet_121_has_the_published_number_of_parameters()
    {
        ModelProto model = DenseNet.Create121();
        long statistics = model.Graph.Initializer.Where(tensor => tensor.Name.EndsWith(".mean") || tensor.Name.EndsWith(".variance"))
            .Sum(tensor => tensor.Dims[0]);
        SynthesizedModel synthesized = WeightSynthesis.Create(model, seed: 1);
        Assert.Equal(7_978_856, synthesized.Parameters - statistics);
        Assert.Equal(121, synthesized.RandomTensors);
        Graph graph = OnnxImporter.Import(Bytes(synthesized), "densenet121");
        Assert.Equal([1, 1000], graph.Shapes["logits"].AsEnumerable());
        Assert.Equal([1, 1024, 7, 7], graph.Shapes["head.relu"].AsEnumerable());
    }

    [Fact]
    public void A_constant_read_as_weights_of_two_fan_ins_is_refused_by_name()
    {
        byte[] model = new Models(13).Input("x", 1, 4).Floats("w", [4, 4], new float[16])
            .Node("MatMul", ["x", "w"], "y").Node("Gemm", ["y", "w"], "z").Output("z");
        Assert.Equal(1, WeightSynthesis.Create(Parsed(model), seed: 1).RandomTensors);
        byte[] mixed = new Models(13).Input("x", 1, 4).Floats("w", [4, 4, 1, 1], new float[16])
            .Node("Conv", ["x", "w"], "y").Node("MatMul", ["w", "x"], "z").Output("y", "z");
        Assert.Contains("'w'", Refusal(mixed, "the z"));
    }

    [Fact]
    public void What_cannot_be_synthesised_is_refused()
    {
        Assert.Contains("no convolution or dense layer", Refusal(new Models(13).Input("x", 1, 4).Node("Relu", ["x"], "y").Output("y"), ""));
        Assert.Contains("'size' is not a constant", Refusal(new Models(13).Input("x", 1, 4).Input("size", 2)
            .Node("ConstantOfShape", ["size"], "w").Node("MatMul", ["x", "w"], "y").Output("y"), "the w"));
        byte[] huge = new Models(13).Input("x", 1, 4).Ints("size", 1 << 16, 1 << 16)
            .Node("ConstantOfShape", ["size"], "w").Node("MatMul", ["x", "w"], "y").Output("y");
        Assert.Contains("elements are supported", Refusal(huge, ""));
    }

    private static string Refusal(byte[] topology, string node)
    {
        GraphException fault = Assert.Throws<GraphException>(() => WeightSynthesis.Create(Parsed(topology), seed: 1));
        Assert.Contains(node, fault.Node);
        return fault.Message;
    }

    /// <summary>A stem, a residual block with a shortcut of its own, and a classifier; weights are numbers repeated.</summary>
    private static byte[] Topology()
    {
        Models model = new Models(13).Input("x", 1, 3, Side, Side);
        Repeated(model, "stem.weights", Channels, 3, 3, 3);
        Repeated(model, "stem.bias", Channels);
        Repeated(model, "branch.weights", Channels, Channels, 3, 3);
        Repeated(model, "narrow.weights", Channels, Channels, 1, 1);
        Repeated(model, "shortcut.weights", Channels, Channels, 1, 1);
        foreach (string norm in (string[])["branch", "shortcut"])
            foreach (string part in (string[])["scale", "bias", "mean", "variance"]) Repeated(model, $"{norm}.{part}", Channels);
        Repeated(model, "dense.weights", Classes, Channels);
        Repeated(model, "dense.bias", Classes);
        return model.Floats("low", [], -1.5f).Floats("high", [], 6)
            .Node("Conv", ["x", "stem.weights", "stem.bias"], "stem", Models.Attribute("pads", 1, 1, 1, 1))
            .Node("Clip", ["stem", "low", "high"], "clipped")
            .Node("Conv", ["clipped", "narrow.weights"], "narrow")
            .Node("Relu", ["narrow"], "rectified")
            .Node("Conv", ["rectified", "branch.weights"], "branch", Models.Attribute("pads", 1, 1, 1, 1))
            .Node("BatchNormalization", ["branch", "branch.scale", "branch.bias", "branch.mean", "branch.variance"], "branch.norm")
            .Node("Conv", ["clipped", "shortcut.weights"], "shortcut")
            .Node("BatchNormalization", ["shortcut", "shortcut.scale", "shortcut.bias", "shortcut.mean", "shortcut.variance"], "shortcut.norm")
            .Node("Add", ["branch.norm", "shortcut.norm"], "sum")
            .Node("Relu", ["sum"], "features")
            .Node("GlobalAveragePool", ["features"], "pooled")
            .Node("Flatten", ["pooled"], "flat")
            .Node("Gemm", ["flat", "dense.weights", "dense.bias"], "logits", Models.Number("transB", 1L))
            .Node("Softmax", ["logits"], "probabilities")
            .Output("probabilities");
    }

    private static void Repeated(Models model, string name, params long[] shape) =>
        model.Ints(name + ".shape", shape).Node("ConstantOfShape", [name + ".shape"], name);

    private static ModelProto Parsed(byte[] model) => ModelProto.Parser.ParseFrom(model);

    private static Graph Imported(ulong seed) => OnnxImporter.Import(Bytes(Topology(), seed), "tiny");

    private static byte[] Bytes(byte[] topology, ulong seed) => Bytes(WeightSynthesis.Create(Parsed(topology), seed));

    private static byte[] Bytes(SynthesizedModel model)
    {
        using MemoryStream stream = new();
        model.WriteTo(stream);
        return stream.ToArray();
    }

    /// <summary>The classifier's weights, which the importer may have transposed.</summary>
    private static float[] Dense(Graph graph) => graph.Constants.Values.Single(value => value.Data.Length == Classes * Channels).Data;

    /// <summary>Mean and deviation within five standard errors.</summary>
    private static void AssertDeviation(double expected, float[] values)
    {
        double mean = values.Average(x => (double)x), deviation = Math.Sqrt(values.Average(x => (double)x * x));
        Assert.InRange(mean / expected, -5 / Math.Sqrt(values.Length), 5 / Math.Sqrt(values.Length));
        Assert.InRange(deviation / expected, 1 - 5 / Math.Sqrt(2.0 * values.Length), 1 + 5 / Math.Sqrt(2.0 * values.Length));
    }
}
