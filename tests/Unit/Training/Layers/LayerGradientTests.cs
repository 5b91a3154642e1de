using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Layers;
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
    [InlineData(3, 1, 2, 2, 2)]
    [InlineData(1, 1, 2, 1, 1)]
    [InlineData(2, 1, 5, 1, 1)]
    [InlineData(2, 3, 1, 1, 1)]
    [InlineData(3, 7, 2, 1, 1)]
    [InlineData(3, 2, 4, 1, 3)]
    public void A_convolution_agrees_with_differences(int kernel, int stride, int pad, int groups, int dilation) =>
        GradientCheck.Run(Start().Convolution(8, kernel, stride, pad, groups, dilation).Build(seed: 1));

    [Theory]
    [InlineData(2, 0, 1, 3)]
    [InlineData(0, 3, 0, 0)]
    [InlineData(1, 0, 0, 1)]
    public void A_convolution_with_uneven_padding_agrees_with_differences(int top, int left, int bottom, int right) =>
        GradientCheck.Run(Start().Append(new ConvolutionLayer(
            new ConvolutionGeometry
            {
                InChannels = 4, InHeight = 7, InWidth = 6, OutChannels = 5, KernelHeight = 3, KernelWidth = 2, DilationWidth = 3,
                PadTop = top, PadLeft = left, PadBottom = bottom, PadRight = right,
            },
            hasBias: true)).Build(seed: 1));

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

    [Fact]
    public void A_parametric_rectifier_agrees_with_differences() =>
        GradientCheck.Run(Start().ParametricRelu().Convolution(3, kernel: 2).Build(seed: 1), difference: 1e-3f);

    [Theory]
    [InlineData(-0.2f, 0.3f)]
    [InlineData(0, float.PositiveInfinity)]
    public void A_clip_agrees_with_differences(float low, float high) =>
        GradientCheck.Run(Start().Clip(low, high).Build(seed: 1), difference: 2e-4f);

    [Fact]
    public void A_square_agrees_with_differences() => GradientCheck.Run(Start().Square().Build(seed: 1), difference: 1e-3f);

    [Fact]
    public void A_constant_factor_and_summand_agree_with_differences() =>
        GradientCheck.Run(Start().Append(new ConstantAffineLayer(Image, [2, -1, 0, 0.5f], [1, 2, 3, 4])).Square().Build(seed: 1), difference: 1e-3f);

    [Fact]
    public void A_region_agrees_with_differences() => GradientCheck.Run(Start().Append(new RegionLayer(
        Image, new FeatureShape(5, 4, 4), new RegionAxis(-2, 1), new RegionAxis(1, 2), new RegionAxis(-1, 2))).Dense(3).Build(seed: 1));

    [Fact]
    public void A_reshape_agrees_with_differences() => GradientCheck.Run(
        Start().Append(new ReshapeLayer(Image, new FeatureShape(7, 4, 6))).Convolution(2, kernel: 3).Build(seed: 1));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pools_with_padding_agree_with_differences(bool includePad)
    {
        PoolGeometry geometry = new()
        {
            Channels = 4, InHeight = 7, InWidth = 6, OutHeight = 4, OutWidth = 4, KernelHeight = 3, KernelWidth = 3,
            StrideHeight = 2, StrideWidth = 2, PadTop = 1, PadLeft = 1,
        };
        GradientCheck.Run(Start().Append(new AveragePoolLayer(geometry, includePad)).Build(seed: 1));
        GradientCheck.Run(Start().Append(new MaxPoolLayer(geometry)).Build(seed: 1), difference: 2e-4f);
    }
}
