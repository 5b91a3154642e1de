namespace Blindsight.Training.Tensors;

/// <summary>The shape of one image's features, laid out channel, row, column; or of a vector, which is not the same as a 1 x 1 image.</summary>
public readonly record struct FeatureShape(int Channels, int Height, int Width)
{
    /// <summary>Whether the features have no rows and columns, as behind a dense layer; both are 1 then.</summary>
    public bool IsVector { get; private init; }

    /// <summary>Elements of one channel.</summary>
    public int Positions => Height * Width;

    /// <summary>Elements of one image.</summary>
    public int Elements => Channels * Height * Width;

    /// <summary>A vector of so many features.</summary>
    public static FeatureShape Vector(int features) => new(features, 1, 1) { IsVector = true };

    public override string ToString() => IsVector ? $"{Channels}" : $"{Channels}x{Height}x{Width}";
}
