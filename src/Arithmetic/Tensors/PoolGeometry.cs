namespace Blindsight.Arithmetic.Tensors;

/// <summary>
/// The public shape of a pooling window over images of layout channel, row, column. Output sizes are explicit, because
/// ceil_mode may let windows start inside the image and end outside; positions outside the image do not count.
/// </summary>
public sealed record PoolGeometry
{
    public required int Channels { get; init; }
    public required int InHeight { get; init; }
    public required int InWidth { get; init; }
    public required int OutHeight { get; init; }
    public required int OutWidth { get; init; }
    public required int KernelHeight { get; init; }
    public required int KernelWidth { get; init; }
    public int StrideHeight { get; init; } = 1;
    public int StrideWidth { get; init; } = 1;
    public int DilationHeight { get; init; } = 1;
    public int DilationWidth { get; init; } = 1;
    public int PadTop { get; init; }
    public int PadLeft { get; init; }

    public int InElements => Channels * InHeight * InWidth;
    public int OutElements => Channels * OutHeight * OutWidth;

    /// <summary>Rows below the image that the last windows reach; what ONNX states as padding at the end.</summary>
    public int EndPadHeight => Math.Max(0, (OutHeight - 1) * StrideHeight + DilationHeight * (KernelHeight - 1) + 1 - PadTop - InHeight);

    /// <summary>Columns right of the image that the last windows reach.</summary>
    public int EndPadWidth => Math.Max(0, (OutWidth - 1) * StrideWidth + DilationWidth * (KernelWidth - 1) + 1 - PadLeft - InWidth);
}
