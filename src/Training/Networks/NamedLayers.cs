namespace Blindsight.Training.Networks;

/// <summary>
/// The layers of the larger named networks. Every convolution has batch norm before its activation, which training needs
/// and inference folds away; Sonic's pool before they rectify.
/// </summary>
internal static class NamedLayers
{
    /// <summary>Sonic's C1 (Liu et al., 2023): all kernels 3 x 3, the last two convolutions padded.</summary>
    public static void C1(NetworkBuilder builder, int classes)
    {
        Normalised(builder, 64, pad: 0).Relu();
        Normalised(builder, 64, pad: 0).MaxPool(2).Relu();
        Normalised(builder, 64, pad: 0).Relu();
        Normalised(builder, 64, pad: 0).MaxPool(2).Relu();
        Normalised(builder, 64, pad: 0).Relu();
        Normalised(builder, 64, pad: 1).Relu();
        Normalised(builder, 16, pad: 1).Relu().Dense(classes);
    }

    /// <summary>Sonic's C2: all kernels 3 x 3, the first six convolutions padded.</summary>
    public static void C2(NetworkBuilder builder, int classes)
    {
        foreach ((int[] channels, int pad) in new (int[], int)[] { ([16, 16, 16], 1), ([32, 32, 32], 1), ([48, 48, 64], 0) })
        {
            Normalised(builder, channels[0], pad).Relu();
            Normalised(builder, channels[1], pad).Relu();
            Normalised(builder, channels[2], pad).MaxPool(2).Relu();
        }
        builder.Dense(classes);
    }

    /// <summary>MiniONN's network for CIFAR-10 (Liu et al., 2017), as Delphi has it.</summary>
    public static void MiniOnn(NetworkBuilder builder, int classes)
    {
        Normalised(builder, 64, pad: 1).Relu();
        Normalised(builder, 64, pad: 1).Relu().AveragePool(2);
        Normalised(builder, 64, pad: 1).Relu();
        Normalised(builder, 64, pad: 1).Relu().AveragePool(2);
        Normalised(builder, 64, pad: 1).Relu();
        Normalised(builder, 64, pad: 0, kernel: 1).Relu();
        Normalised(builder, 16, pad: 0, kernel: 1).Relu().Dense(classes);
    }

    /// <summary>ResNet-20 (He et al., 2016): three stages of three blocks; shortcuts of option B where a stage begins.</summary>
    public static void ResNet20(NetworkBuilder builder, int classes)
    {
        Normalised(builder, 16, pad: 1).Relu();
        foreach (int channels in new[] { 16, 32, 64 })
            for (int block = 0; block < 3; block++) Residual(builder, channels, stride: block == 0 && channels > 16 ? 2 : 1);
        int side = Math.Min(builder.ShapeOf(builder.Latest).Height, builder.ShapeOf(builder.Latest).Width);
        builder.AveragePool(side).Dense(classes);
    }

    private static void Residual(NetworkBuilder builder, int channels, int stride)
    {
        int trunk = builder.Latest;
        Normalised(builder, channels, pad: 1, stride: stride).Relu();
        int branch = Normalised(builder, channels, pad: 1).Latest;
        if (stride > 1) trunk = Normalised(builder.From(trunk), channels, pad: 0, kernel: 1, stride: stride).Latest;
        builder.From(branch).Add(trunk).Relu();
    }

    private static NetworkBuilder Normalised(NetworkBuilder builder, int channels, int pad, int kernel = 3, int stride = 1) =>
        builder.Convolution(channels, kernel, stride, pad, bias: false).BatchNorm();
}
