namespace Blindsight.Arithmetic.Tensors;

/// <summary>
/// The public shape of a two-dimensional convolution (cross-correlation, as ONNX defines Conv) on one image of layout
/// channel, row, column. A dense layer is the case of 1 x 1 images and a 1 x 1 kernel.
/// Weights are laid out [OutChannels][InChannels / Groups][KernelHeight][KernelWidth].
/// </summary>
public sealed record ConvolutionGeometry
{
    public required int InChannels { get; init; }
    public required int InHeight { get; init; }
    public required int InWidth { get; init; }
    public required int OutChannels { get; init; }
    public int KernelHeight { get; init; } = 1;
    public int KernelWidth { get; init; } = 1;
    public int StrideHeight { get; init; } = 1;
    public int StrideWidth { get; init; } = 1;
    public int DilationHeight { get; init; } = 1;
    public int DilationWidth { get; init; } = 1;
    public int PadTop { get; init; }
    public int PadLeft { get; init; }
    public int PadBottom { get; init; }
    public int PadRight { get; init; }
    public int Groups { get; init; } = 1;

    /// <summary>A dense layer from <paramref name="inputs"/> to <paramref name="outputs"/> elements.</summary>
    public static ConvolutionGeometry Dense(int inputs, int outputs) =>
        new() { InChannels = inputs, InHeight = 1, InWidth = 1, OutChannels = outputs };

    public int OutHeight => Outputs(InHeight, PadTop + PadBottom, DilationHeight * (KernelHeight - 1) + 1, StrideHeight);
    public int OutWidth => Outputs(InWidth, PadLeft + PadRight, DilationWidth * (KernelWidth - 1) + 1, StrideWidth);
    public int InElements => InChannels * InHeight * InWidth;
    public int OutElements => OutChannels * OutHeight * OutWidth;
    public int WeightElements => OutChannels * (InChannels / Groups) * KernelHeight * KernelWidth;

    /// <summary>Number of weights that enter one output element.</summary>
    public int FanIn => InChannels / Groups * KernelHeight * KernelWidth;

    /// <summary>Multiplications of one evaluation.</summary>
    public long Macs => (long)OutElements * FanIn;

    private static int Outputs(int size, int pads, int window, int stride) => (size + pads - window) / stride + 1;
}
