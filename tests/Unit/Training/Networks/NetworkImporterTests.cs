using Blindsight.Compiler;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Tests;
using Blindsight.Training.Export;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Unit.Training.Layers;
using GraphBuilder = Blindsight.Harness.GraphBuilder;

namespace Blindsight.Unit.Training.Networks;

public class NetworkImporterTests
{
    private const int Rows = 24;

    [DataTheory]
    [InlineData("cifar10_resnet20_convshortcut_bn")]
    [InlineData("cifar10_resnet20_native_bn")]
    [InlineData("cifar10_resnet20_convshortcut_fused")]
    [InlineData("delphi_minionn_cifar10_relu6_nchw")]
    [InlineData("mlperftiny_resnet8_cifar10")]
    [InlineData("falcon_minionn_mnist")]
    [InlineData("falcon_secureml_mnist")]
    [InlineData("convnet_maxpool_mnist")]
    [InlineData("cryptonets_mnist_square")]
    [InlineData("mnist_cntk_opset7")]
    [InlineData("vnncomp_resnet_2b")]
    [InlineData("oval21_cifar_base_kw")]
    [InlineData("imagenet_squeezenet1.1_logits_opset13")]
    public void A_models_logits_are_those_of_ONNX_Runtime_before_and_after_export(string name)
    {
        ZooModel model = ModelZoo.Named(name);
        Graph graph = model.Import();
        SampleSet samples = model.Samples(), expected = model.Expected()!;
        int rows = samples.Elements > 10_000 ? 2 : Rows;
        Network network = NetworkImporter.Import(graph);
        float[] input = [.. Enumerable.Range(0, rows).SelectMany(row => model.Input(samples, row, graph).Data)];
        float[] logits = Infer(network, input);
        int classes = logits.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            float[] wanted = expected.Row(row);
            float largest = wanted.Max(Math.Abs);
            for (int i = 0; i < classes; i++) Assert.Equal(wanted[i], logits[row * classes + i], 2e-4f * largest);
        }
        Network again = NetworkImporter.Import(Exported(network));
        Assert.Equal(network.Describe(), again.Describe());
        Assert.Equal(logits, Infer(again, input));
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_agrees_with_the_reference_before_and_after_export(string what, Func<GraphBuilder, string, string> layer)
    {
        GraphBuilder builder = new(seed: 5);
        Graph graph = builder.Build(layer(builder, builder.Convolution(builder.Input(1, 4, 9, 8), 6, kernel: 1)));
        Network network = NetworkImporter.Import(graph);
        float[] input = GradientCheck.Spread(network.InputShape.Elements, what);
        Agrees(graph, input, Infer(network, input));
        Graph exported = Exported(network);
        Agrees(exported, input, Infer(network, input));
        Network again = NetworkImporter.Import(exported);
        Assert.Equal(Infer(network, input), Infer(again, input));
        Assert.Equal(Infer(network, input), Infer(network.Clone(), input));
    }

    public static TheoryData<string, Func<GraphBuilder, string, string>> Layers() => new()
    {
        { "groups, strides, dilations, uneven pads", (b, x) => b.Add(
            new ConvolutionOperator([2, 1], [1, 0, 2, 3], [1, 2], 2), [1, 4, 5, 7], x, b.Constant([4, 3, 3, 3])) },
        { "batch norm with its epsilon", (b, x) => b.Add(
            new BatchNormalizationOperator(0.25f), [1, 6, 9, 8], x, b.Constant([6]), b.Constant([6]), b.Constant([6]), b.Constant([6], 0.1f, 1)) },
        { "leaky", (b, x) => b.Add(new LeakyReluOperator(0.2f), [1, 6, 9, 8], x) },
        { "slopes a channel", (b, x) => b.Add(new PReluOperator(), [1, 6, 9, 8], x, b.Constant([6, 1, 1])) },
        { "one slope", (b, x) => b.Add(new PReluOperator(), [1, 6, 9, 8], x, b.Constant([1])) },
        { "clip", (b, x) => b.Add(new ClipOperator(-0.25f, 0.5f), [1, 6, 9, 8], x) },
        { "clip above", (b, x) => b.Add(new ClipOperator(float.NegativeInfinity, 0.1f), [1, 6, 9, 8], x) },
        { "clip below", (b, x) => b.Add(new ClipOperator(0.1f, float.PositiveInfinity), [1, 6, 9, 8], x) },
        { "square", (b, x) => b.Add(new UnaryOperator(UnaryKind.Square), [1, 6, 9, 8], x) },
        { "max-pool that overlaps, with pads", (b, x) => b.Add(new MaxPoolOperator([3, 2], [2, 2], [1, 0, 1, 1], [1, 1]), [1, 6, 5, 4], x) },
        { "max-pool with windows that stick out", (b, x) => b.Add(new MaxPoolOperator([2, 3], [2, 3], [0, 0, 0, 0], [1, 1]), [1, 6, 5, 3], x) },
        { "average-pool without its pads", (b, x) => b.Add(new AveragePoolOperator([3, 3], [2, 1], [1, 1, 1, 1], [1, 1], false), [1, 6, 5, 8], x) },
        { "average-pool with its pads", (b, x) => b.Add(new AveragePoolOperator([3, 3], [2, 1], [1, 1, 1, 1], [1, 1], true), [1, 6, 5, 8], x) },
        { "mean without dimensions, then dense", (b, x) => b.Add(new BinaryOperator(BinaryKind.Add), [1, 3], b.Constant([3]), b.Add(
            new MatMulOperator(), [1, 3], b.Add(new ReduceOperator(ReduceKind.Mean, [2, 3], false), [1, 6], x), b.Constant([6, 3]))) },
        { "largest of each row", (b, x) => b.Add(new ReduceOperator(ReduceKind.Max, [3], true), [1, 6, 9, 1], x) },
        { "flatten, activation, dense", (b, x) => b.Add(new MatMulOperator(), [1, 5], b.Relu(
            b.Add(new ReshapeOperator(), [1, 432], x)), b.Constant([432, 5])) },
        { "vector to image", (b, x) => b.Convolution(b.Add(new ReshapeOperator(), [1, 12, 6, 6], b.Relu(
            b.Add(new ReshapeOperator(), [1, 432], x))), 3, kernel: 3) },
        { "sum of two", (b, x) => b.Binary(BinaryKind.Add, b.Relu(x), x) },
        { "channels side by side", (b, x) => b.Add(new ConcatOperator(1), [1, 12, 9, 8], b.Relu(x), x) },
        { "option A shortcut", (b, x) => b.Add(new PadOperator([0, 3, 0, 0], [0, 2, 0, 0], 0), [1, 11, 5, 4], b.Add(
            new SliceOperator([0, 0, 0, 1], [1, 1, 2, 2]), [1, 6, 5, 4], x)) },
        { "crop", (b, x) => b.Add(new PadOperator([0, -1, -2, 1], [0, 0, 1, -3], 0), [1, 5, 8, 6], x) },
        { "constants a channel", (b, x) => b.Binary(BinaryKind.Sub, b.Binary(BinaryKind.Mul, b.Binary(
            BinaryKind.Div, x, b.Constant([], 2, 3)), b.Constant([6, 1, 1])), b.Constant([1, 6, 1, 1])) },
        { "negated", (b, x) => b.Add(new UnaryOperator(UnaryKind.Negate), [1, 6, 9, 8], x) },
        { "taken from constants", (b, x) => b.Add(new BinaryOperator(BinaryKind.Sub), [1, 6, 9, 8], b.Constant([6, 1, 1]), x) },
    };

    [Fact]
    public void A_bias_in_a_node_of_its_own_joins_the_layer_unless_its_value_is_read_elsewhere()
    {
        GraphBuilder builder = new(seed: 1);
        string product = builder.Add(
            new ConvolutionOperator([1, 1], [0, 0, 0, 0], [1, 1], 1), [1, 3, 4, 4], builder.Input(1, 2, 4, 4), builder.Constant([3, 2, 1, 1]));
        string biased = builder.Binary(BinaryKind.Add, product, builder.Constant([3, 1, 1]));
        Assert.IsType<ConvolutionLayer>(Assert.Single(NetworkImporter.Import(builder.Build(biased)).Nodes).Layer);
        Assert.Equal(3, NetworkImporter.Import(builder.Build(builder.Binary(BinaryKind.Add, biased, product))).Nodes.Count);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_has_no_layer_is_refused_by_name_and_operator(string name, Func<GraphBuilder, string, string> layer)
    {
        GraphBuilder builder = new(seed: 5);
        GraphException refusal = Assert.Throws<GraphException>(() => NetworkImporter.Import(builder.Build(layer(builder, builder.Input(1, 4, 9, 8)))));
        Assert.Equal($"{name}0", refusal.Node);
        Assert.Equal($"{name}0", refusal.Operator);
    }

    public static TheoryData<string, Func<GraphBuilder, string, string>> Refused() => new()
    {
        { "Unary", (b, x) => b.Add(new UnaryOperator(UnaryKind.Sigmoid), [1, 4, 9, 8], x) },
        { "Transpose", (b, x) => b.Add(new TransposeOperator([0, 2, 3, 1]), [1, 9, 8, 4], x) },
        { "Softmax", (b, x) => b.Add(new SoftmaxOperator(1, false, false), [1, 4, 9, 8], x) },
        { "Gather", (b, x) => b.Add(new GatherOperator(1, [2]), [1, 1, 9, 8], x) },
        { "Binary", (b, x) => b.Add(new BinaryOperator(BinaryKind.Mul), [1, 4, 9, 8], x, b.Constant([4, 9, 8])) },
        { "MatMul", (b, x) => b.Add(new MatMulOperator(), [1, 4, 9, 5], x, b.Constant([8, 5])) },
        { "Reduce", (b, x) => b.Add(new ReduceOperator(ReduceKind.Mean, [1], true), [1, 1, 9, 8], x) },
        { "Concat", (b, x) => b.Add(new ConcatOperator(2), [1, 4, 18, 8], x, x) },
        { "Pad", (b, x) => b.Add(new PadOperator([0, 0, 1, 1], [0, 0, 0, 0], 0.5f), [1, 4, 10, 9], x) },
        { "Slice", (b, x) => b.Add(new SliceOperator([0, 0, 8, 0], [1, 1, -1, 1]), [1, 4, 9, 8], x) },
        { "Reshape", (b, x) => b.Add(new ReshapeOperator(), [4, 72], x) },
        { "PRelu", (b, x) => b.Add(new PReluOperator(), [1, 4, 9, 8], x, b.Constant([4, 9, 8])) },
        { "AveragePool", (b, x) => b.Add(new AveragePoolOperator([2, 2], [2, 2], [1, 0, 0, 0], [1, 1], true), [1, 4, 5, 5], x) },
    };

    [Fact]
    public void A_clone_shares_nothing_and_an_untrained_one_keeps_constants_only()
    {
        GraphBuilder builder = new(seed: 5);
        string x = builder.BatchNormalization(builder.Binary(BinaryKind.Mul, builder.Input(1, 4, 5, 5), builder.Constant([4, 1, 1])));
        Network network = NetworkImporter.Import(builder.Build(builder.Convolution(builder.Add(
            new PReluOperator(), [1, 4, 5, 5], x, builder.Constant([4, 1, 1])), 3, kernel: 2)));
        float[][] before = Values(network);
        Network clone = network.Clone(), untrained = network.CloneUntrained(seed: 1);
        Assert.Equal(before, Values(clone));
        foreach (Parameter parameter in clone.Parameters) parameter.Values.AsSpan().Fill(7);
        Assert.Equal(before, Values(network));
        Assert.Equal(network.Describe(), untrained.Describe());
        Assert.Equal(before[0], Values(untrained)[0]);
        for (int i = 2; i < before.Length; i++) Assert.NotEqual(before[i], Values(untrained)[i]);
    }

    private static float[][] Values(Network network) => [.. network.Parameters.Select(parameter => parameter.Values.ToArray())];

    private static float[] Infer(Network network, float[] input)
    {
        float[] output = new float[input.Length / network.InputShape.Elements * network.OutputShape.Elements];
        network.Infer(input, output, threads: 2);
        return output;
    }

    private static Graph Exported(Network network)
    {
        using MemoryStream stream = new();
        OnnxExporter.Write(network, "test", stream);
        return OnnxImporter.Import(stream.ToArray(), "test");
    }

    private static void Agrees(Graph graph, float[] input, float[] found)
    {
        float[] expected = FloatReference.Run(graph, [new FloatTensor(graph.Shapes[graph.Inputs[0]], input)])[0].Data;
        float largest = expected.Max(Math.Abs);
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 2e-5f * largest);
    }
}
