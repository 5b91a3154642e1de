using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Unit.Training.Layers;

public class LayerForwardTests
{
    private static readonly FeatureShape Image = new(4, 9, 7);

    [Theory]
    [InlineData(3, 1, 0, 1, 1)]
    [InlineData(3, 2, 1, 2, 1)]
    [InlineData(3, 2, 3, 4, 2)]
    [InlineData(5, 3, 4, 1, 1)]
    [InlineData(1, 4, 2, 1, 1)]
    public void A_convolution_is_the_sum_over_its_window(int kernel, int stride, int pad, int groups, int dilation)
    {
        Network network = new NetworkBuilder(Image).Convolution(8, kernel, stride, pad, groups, dilation).Build(seed: 3);
        ConvolutionLayer layer = (ConvolutionLayer)network.Nodes[0].Layer;
        GradientCheck.Spread(8, "bias").CopyTo(layer.Bias!.Values, 0);
        float[] input = GradientCheck.Spread(10 * Image.Elements, "input");
        float[] output = new float[10 * network.OutputShape.Elements];
        network.Infer(input, output, threads: 2);
        for (int image = 0; image < 10; image++)
        {
            float[] expected = Naive(layer, input.AsSpan(image * Image.Elements, Image.Elements));
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], output[image * expected.Length + i], 1e-4f);
        }
    }

    [Fact]
    public void A_dense_layer_is_the_product_with_its_weights()
    {
        Network network = new NetworkBuilder(Image).Dense(5).Build(seed: 3);
        DenseLayer layer = (DenseLayer)network.Nodes[0].Layer;
        GradientCheck.Spread(5, "bias").CopyTo(layer.Bias!.Values, 0);
        float[] input = GradientCheck.Spread(3 * Image.Elements, "input");
        float[] output = new float[15];
        network.Infer(input, output);
        for (int image = 0; image < 3; image++)
            for (int row = 0; row < 5; row++)
            {
                double sum = layer.Bias.Values[row];
                for (int i = 0; i < Image.Elements; i++)
                    sum += layer.Weights.Values[row * Image.Elements + i] * input[image * Image.Elements + i];
                Assert.Equal(sum, output[image * 5 + row], 1e-4);
            }
    }

    [Fact]
    public void Pools_take_the_largest_and_the_mean()
    {
        float[] input = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        float[] output = new float[4];
        new NetworkBuilder(new FeatureShape(1, 3, 3)).MaxPool(2, stride: 1).Build(seed: 0).Infer(input, output);
        Assert.Equal([5f, 6, 8, 9], output);
        new NetworkBuilder(new FeatureShape(1, 3, 3)).AveragePool(2, stride: 1).Build(seed: 0).Infer(input, output);
        Assert.Equal([3f, 4, 6, 7], output);
    }

    [Fact]
    public void Batch_norm_standardises_in_training_and_remembers_for_inference()
    {
        FeatureShape shape = new(3, 4, 5);
        Network network = new NetworkBuilder(shape).BatchNorm().Build(seed: 0);
        float[] input = [.. GradientCheck.Spread(64 * shape.Elements, "input").Select(x => 3 * x + 5)];
        Pass pass = new(new BatchSlices(2), 64, IsTraining: true);
        BatchTensor output = null!;
        for (int step = 0; step < 200; step++)
        {
            input.CopyTo(network.Reserve(64).Values, 0);
            output = network.Forward(pass);
        }
        for (int channel = 0; channel < 3; channel++)
        {
            float[] values = [.. Enumerable.Range(0, 64).SelectMany(image => output.ValuesOf(image).Slice(20 * channel, 20).ToArray())];
            Assert.Equal(0, values.Average(), 1e-4);
            Assert.Equal(1, values.Average(x => (double)x * x), 1e-3);
        }
        float[] trained = [.. output.Values];
        float[] inferred = new float[input.Length];
        network.Infer(input, inferred);
        for (int i = 0; i < inferred.Length; i++) Assert.Equal(trained[i], inferred[i], 1e-2f);
    }

    private static float[] Naive(ConvolutionLayer layer, ReadOnlySpan<float> image)
    {
        ConvolutionGeometry g = layer.Geometry;
        int groupInputs = g.InChannels / g.Groups, groupOutputs = g.OutChannels / g.Groups;
        float[] output = new float[g.OutElements];
        for (int o = 0; o < g.OutChannels; o++)
            for (int outY = 0; outY < g.OutHeight; outY++)
                for (int outX = 0; outX < g.OutWidth; outX++)
                {
                    double sum = layer.Bias!.Values[o];
                    for (int c = 0; c < groupInputs; c++)
                        for (int y = 0; y < g.KernelHeight; y++)
                            for (int x = 0; x < g.KernelWidth; x++)
                            {
                                int inY = outY * g.StrideHeight + y * g.DilationHeight - g.PadTop;
                                int inX = outX * g.StrideWidth + x * g.DilationWidth - g.PadLeft;
                                if (inY < 0 || inX < 0 || inY >= g.InHeight || inX >= g.InWidth) continue;
                                int channel = o / groupOutputs * groupInputs + c;
                                sum += layer.Weights.Values[((o * groupInputs + c) * g.KernelHeight + y) * g.KernelWidth + x]
                                    * image[(channel * g.InHeight + inY) * g.InWidth + inX];
                            }
                    output[(o * g.OutHeight + outY) * g.OutWidth + outX] = (float)sum;
                }
        return output;
    }
}
