using Blindsight.Training.Data;
using Blindsight.Training.Networks;

namespace Blindsight.Training;

/// <summary>How often a network's largest output is at the label.</summary>
public static class Accuracy
{
    private const int BatchImages = 256;

    /// <summary>Correctly classified images of all.</summary>
    public static int Correct(Network network, LabelledImages images, int threads, CancellationToken cancellation = default) =>
        Judge(network, images, threads, cancellation).Count(right => right);

    /// <summary>Whether each image is classified correctly.</summary>
    public static bool[] Judge(Network network, LabelledImages images, int threads, CancellationToken cancellation = default)
    {
        float[] features = new float[BatchImages * images.Shape.Elements];
        float[] logits = new float[BatchImages * network.OutputShape.Elements];
        bool[] right = new bool[images.Count];
        for (int first = 0; first < images.Count; first += BatchImages)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(BatchImages, images.Count - first);
            Span<float> input = features.AsSpan(0, count * images.Shape.Elements);
            Span<float> output = logits.AsSpan(0, count * network.OutputShape.Elements);
            for (int image = 0; image < count; image++)
                default(ImagePlacement).Write(
                    images.Shape, images.PixelsOf(first + image), images.Scaling,
                    input.Slice(image * images.Shape.Elements, images.Shape.Elements));
            network.Infer(input, output, threads);
            for (int image = 0; image < count; image++)
                right[first + image] =
                    Top(output.Slice(image * network.OutputShape.Elements, network.OutputShape.Elements)) == images.LabelOf(first + image);
        }
        return right;
    }

    /// <summary>The index of the largest element, the first of several.</summary>
    internal static int Top(ReadOnlySpan<float> logits)
    {
        int top = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[top]) top = i;
        return top;
    }
}
