using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>The largest element of each window; the gradient goes to the first that is largest.</summary>
internal sealed class MaxPoolLayer(PoolGeometry geometry) : Layer
{
    private int[] _winners = [];

    public PoolGeometry Geometry { get; } = geometry;
    public override FeatureShape OutputShape { get; } = new(geometry.Channels, geometry.OutHeight, geometry.OutWidth);
    public override string Describe() => $"max-pool {Geometry}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (pass.IsTraining && _winners.Length < output.Values.Length) _winners = new int[output.Values.Length];
        pass.ForEachSlice(slice =>
        {
            int plane = Geometry.InHeight * Geometry.InWidth, at = slice.First * OutputShape.Elements;
            int end = (slice.First + slice.Images) * Geometry.Channels;
            for (int channel = slice.First * Geometry.Channels; channel < end; channel++)
            {
                ReadOnlySpan<float> x = inputs[0].Values.AsSpan(channel * plane, plane);
                for (int outY = 0; outY < Geometry.OutHeight; outY++)
                    for (int outX = 0; outX < Geometry.OutWidth; outX++, at++)
                    {
                        int winner = Winner(x, PoolWindow.At(Geometry, outY, outX));
                        output.Values[at] = x[winner];
                        if (pass.IsTraining) _winners[at] = channel * plane + winner;
                    }
            }
        });
    }

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice =>
        {
            int end = (slice.First + slice.Images) * OutputShape.Elements;
            for (int at = slice.First * OutputShape.Elements; at < end; at++)
                inputs[0].Gradients[_winners[at]] += output.Gradients[at];
        });
    }

    protected override Layer Fresh() => new MaxPoolLayer(Geometry);

    private int Winner(ReadOnlySpan<float> plane, PoolWindow window)
    {
        int winner = window.Top * Geometry.InWidth + window.Left;
        for (int y = window.Top; y < window.Bottom; y += Geometry.DilationHeight)
            for (int x = window.Left; x < window.Right; x += Geometry.DilationWidth)
                if (plane[y * Geometry.InWidth + x] > plane[winner]) winner = y * Geometry.InWidth + x;
        return winner;
    }
}
