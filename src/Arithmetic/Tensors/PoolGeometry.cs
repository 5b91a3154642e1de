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
}
