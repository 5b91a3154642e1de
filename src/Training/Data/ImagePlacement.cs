using Blindsight.Arithmetic.Randomness;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Data;

/// <summary>How one image is augmented: moved by whole pixels, black where nothing moved to, and perhaps mirrored.</summary>
/// <param name="Down">Rows that the image moves down.</param>
/// <param name="Right">Columns that it moves right, after mirroring.</param>
/// <param name="Mirrored">Whether left and right are exchanged.</param>
internal readonly record struct ImagePlacement(int Down, int Right, bool Mirrored)
{
    /// <summary>A random placement within the options.</summary>
    public static ImagePlacement Draw(TrainingOptions options, Prg prg)
    {
        int span = 2 * options.ShiftPixelsMax + 1;
        int down = options.ShiftPixelsMax == 0 ? 0 : prg.Below(span) - options.ShiftPixelsMax;
        int right = options.ShiftPixelsMax == 0 ? 0 : prg.Below(span) - options.ShiftPixelsMax;
        return new ImagePlacement(down, right, options.Flip && prg.Below(2) == 1);
    }

    /// <summary>Writes one image's features.</summary>
    public void Write(FeatureShape shape, ReadOnlySpan<byte> pixels, ReadOnlySpan<PixelScaling> scaling, Span<float> features)
    {
        int at = 0;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            (float factor, float offset) = scaling[channel];
            ReadOnlySpan<byte> plane = pixels.Slice(channel * shape.Positions, shape.Positions);
            for (int y = 0; y < shape.Height; y++)
                for (int x = 0; x < shape.Width; x++)
                    features[at++] = factor * At(shape, plane, y - Down, x - Right) + offset;
        }
    }

    private int At(FeatureShape shape, ReadOnlySpan<byte> plane, int y, int x)
    {
        if ((uint)y >= (uint)shape.Height || (uint)x >= (uint)shape.Width) return 0;
        return plane[y * shape.Width + (Mirrored ? shape.Width - 1 - x : x)];
    }
}
