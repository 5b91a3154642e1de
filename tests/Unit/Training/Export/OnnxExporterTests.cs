using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Reference;
using Blindsight.Training.Export;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;
using Blindsight.Unit.Training.Layers;

namespace Blindsight.Unit.Training.Export;

public class OnnxExporterTests
{
    [Fact]
    public void Every_layer_kind_means_the_same_to_the_importer()
    {
        NetworkBuilder builder = new(new FeatureShape(2, 12, 11));
        int trunk = builder.Convolution(4, kernel: 3, pad: 1, bias: false).BatchNorm().LeakyRelu(0.2f).Latest;
        int side = builder.Convolution(4, kernel: 3, pad: 2, groups: 2, dilation: 2).Relu().Latest;
        int joined = builder.Add(trunk).Add(side, trunk).Latest;
        builder.From(trunk).Concatenate(joined, side).MaxPool(2).AveragePool(3, stride: 2).Convolution(5, kernel: 1, stride: 2);
        AgreesAfterImport(builder.Dense(9, bias: false).BatchNorm().Relu().Dense(3).Build(seed: 4));
    }

    [Theory]
    [InlineData("digits")]
    [InlineData("m1")]
    [InlineData("m2")]
    [InlineData("lenet5")]
    [InlineData("c1", 3, 32)]
    [InlineData("c2", 3, 32)]
    [InlineData("minionn", 3, 32)]
    [InlineData("resnet20", 3, 32)]
    public void Named_architectures_mean_the_same_to_the_importer(string name, int channels = 1, int side = 28) =>
        AgreesAfterImport(Architectures.Create(name, new FeatureShape(channels, side, side), 10, seed: 4));

    [Fact]
    public void Sonics_networks_have_the_published_numbers_of_products_and_weights()
    {
        Assert.Equal(118_016, Products("m1"));
        Assert.Equal(666_600, Products("m2"));
        Assert.True(Products("digits") < 300_000);
    }

    // C1 and C2 are published with one digit behind the point; the others are counted from their layer tables.
    [Theory]
    [InlineData("c1", 40_199_328)]
    [InlineData("c2", 11_999_872)]
    [InlineData("minionn", 61_089_792)]
    [InlineData("resnet20", 40_813_184)]
    public void The_networks_for_CIFAR_have_their_numbers_of_products(string name, long products) =>
        Assert.Equal(products, Products(name, 3, 32));

    [Theory]
    [InlineData("c1", 124_688)]
    [InlineData("c2", 76_480)]
    public void Sonics_networks_have_the_published_numbers_of_comparisons(string name, int comparisons) => Assert.Equal(
        comparisons,
        Architectures.Create(name, new FeatureShape(3, 32, 32), 10, seed: 1).Nodes.Sum(node => node.Layer switch
        {
            RectifierLayer layer => layer.OutputShape.Elements,
            MaxPoolLayer pool => 3 * pool.OutputShape.Elements,
            _ => 0,
        }));

    private static long Products(string name, int channels = 1, int side = 28) =>
        Architectures.Create(name, new FeatureShape(channels, side, side), 10, seed: 1).Nodes.Sum(node => node.Layer switch
        {
            ConvolutionLayer layer => layer.Geometry.Macs,
            DenseLayer layer => layer.Weights.Values.Length,
            _ => 0,
        });

    private static void AgreesAfterImport(Network network)
    {
        foreach (Parameter parameter in network.Parameters.Where(parameter => parameter.Role != ParameterRole.Weight))
            for (int i = 0; i < parameter.Values.Length; i++) parameter.Values[i] += 0.3f * (i % 4);
        using MemoryStream stream = new();
        OnnxExporter.Write(network, "test", stream);
        Graph graph = OnnxImporter.Import(stream.ToArray(), "test");
        float[] input = GradientCheck.Spread(network.InputShape.Elements, "input");
        float[] expected = new float[network.OutputShape.Elements];
        network.Infer(input, expected);
        FloatTensor output = Assert.Single(FloatReference.Run(graph, [new FloatTensor(graph.Shapes[graph.Inputs[0]], input)]));
        float largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], output.Data[i], 1e-5f * largest);
    }
}
