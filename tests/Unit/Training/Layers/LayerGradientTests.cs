using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Unit.Training.Layers;

public class LayerGradientTests
{
    private static readonly FeatureShape Image = new(4, 7, 6);

    private static NetworkBuilder Start() => new NetworkBuilder(Image).Convolution(4, kernel: 1);

    [Theory]
    [InlineData(3, 1, 0, 1, 1)]
    [InlineData(3, 2, 1, 1, 1)]
    [InlineData(3, 1, 2, 2, 1)]
    [InlineData(3, 2, 2, 4, 2)]
    [InlineData(1, 1, 0, 1, 1)]
    [InlineData(1, 3, 1, 2, 1)]
    [InlineData(5, 1, 4, 1, 1)]
    public void A_convolution_agrees_with_differences(int kernel, int stride, int pad, int groups, int dilation) =>
        GradientCheck.Run(Start().Convolution(8, kernel, stride, pad, groups, dilation).Build(seed: 1));

    [Fact]
    public void A_dense_layer_agrees_with_differences() => GradientCheck.Run(Start().Dense(19).Dense(5, bias: false).Build(seed: 1));

    // Differences that step over a kink are off by up to the step times the slope's change: a small step keeps them few.
    [Theory]
    [InlineData(0)]
    [InlineData(0.3f)]
    public void A_rectifier_agrees_with_differences(float slope) =>
        GradientCheck.Run(Start().LeakyRelu(slope).Build(seed: 1), difference: 1e-3f);

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(3, 1)]
    public void A_max_pool_agrees_with_differences(int kernel, int stride) =>
        GradientCheck.Run(Start().MaxPool(kernel, stride).Build(seed: 1), difference: 1e-3f);

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(6, 1)]
    public void An_average_pool_agrees_with_differences(int kernel, int stride) =>
        GradientCheck.Run(Start().AveragePool(kernel, stride).Build(seed: 1));

    [Fact]
    public void A_batch_norm_over_planes_agrees_with_differences() =>
        GradientCheck.Run(Start().BatchNorm().Convolution(3, kernel: 2).Build(seed: 1));

    [Fact]
    public void A_batch_norm_over_vectors_agrees_with_differences() =>
        GradientCheck.Run(Start().Dense(9).BatchNorm().Dense(4).Build(seed: 1));

    [Fact]
    public void A_residual_agrees_with_differences()
    {
        NetworkBuilder builder = Start();
        int trunk = builder.Latest;
        GradientCheck.Run(builder.Convolution(4, kernel: 3, pad: 1).Add(trunk, trunk).Convolution(2, kernel: 1).Build(seed: 1));
    }

    [Fact]
    public void A_concatenation_agrees_with_differences()
    {
        NetworkBuilder builder = Start();
        int trunk = builder.Latest;
        int left = builder.Convolution(3, kernel: 3, pad: 1).Latest;
        GradientCheck.Run(
            builder.From(trunk).Convolution(2, kernel: 1).Concatenate(left, trunk, 0).Convolution(2, kernel: 2).Build(seed: 1));
    }
}
