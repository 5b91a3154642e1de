namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>A box of a layer's outputs.</summary>
internal readonly record struct OutputBlock
{
    public required int FirstChannel { get; init; }
    public required int Channels { get; init; }
    public required int Top { get; init; }
    public required int Height { get; init; }
    public required int Left { get; init; }
    public required int Width { get; init; }

    public int Count => Channels * Height * Width;
}
