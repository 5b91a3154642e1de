using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>The mean of each window's elements inside the image; with <paramref name="includePad"/> its sum over the window's size.</summary>
internal sealed class AveragePoolLayer(PoolGeometry geometry, bool includePad = false) : Layer
{
    public bool IncludePad { get; } = includePad;
    private readonly int _inPositions = geometry.InHeight * geometry.InWidth;

    public PoolGeometry Geometry { get; } = geometry;
    public override FeatureShape OutputShape { get; } = new(geometry.Channels, geometry.OutHeight, geometry.OutWidth);
    public override string Describe() => $"average-pool {Geometry}{(IncludePad ? " pads counted" : "")}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            for (int plane = slice.First * Geometry.Channels; plane < (slice.First + slice.Images) * Geometry.Channels; plane++)
                Average(
                    inputs[0].Values.AsSpan(plane * _inPositions, _inPositions),
                    output.Values.AsSpan(plane * OutputShape.Positions, OutputShape.Positions));
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice =>
        {
            for (int plane = slice.First * Geometry.Channels; plane < (slice.First + slice.Images) * Geometry.Channels; plane++)
                Share(
                    output.Gradients.AsSpan(plane * OutputShape.Positions, OutputShape.Positions),
                    inputs[0].Gradients.AsSpan(plane * _inPositions, _inPositions));
        });
    }

    protected override Layer Fresh() => new AveragePoolLayer(Geometry, IncludePad);

    private void Average(ReadOnlySpan<float> input, Span<float> output)
    {
        int width = Geometry.InWidth;
        for (int outY = 0, at = 0; outY < Geometry.OutHeight; outY++)
            for (int outX = 0; outX < Geometry.OutWidth; outX++, at++)
            {
                PoolWindow window = PoolWindow.At(Geometry, outY, outX);
                float sum = 0;
                for (int y = window.Top; y < window.Bottom; y += Geometry.DilationHeight)
                    for (int x = window.Left; x < window.Right; x += Geometry.DilationWidth) sum += input[y * width + x];
                output[at] = sum / Elements(window);
            }
    }

    private void Share(ReadOnlySpan<float> gradient, Span<float> inputGradient)
    {
        int width = Geometry.InWidth;
        for (int outY = 0, at = 0; outY < Geometry.OutHeight; outY++)
            for (int outX = 0; outX < Geometry.OutWidth; outX++, at++)
            {
                PoolWindow window = PoolWindow.At(Geometry, outY, outX);
                float share = gradient[at] / Elements(window);
                for (int y = window.Top; y < window.Bottom; y += Geometry.DilationHeight)
                    for (int x = window.Left; x < window.Right; x += Geometry.DilationWidth) inputGradient[y * width + x] += share;
            }
    }

    private int Elements(PoolWindow window) => IncludePad
        ? Geometry.KernelHeight * Geometry.KernelWidth
        : Count(window.Top, window.Bottom, Geometry.DilationHeight) * Count(window.Left, window.Right, Geometry.DilationWidth);

    private static int Count(int first, int end, int step) => step == 1 ? end - first : (end - first + step - 1) / step;
}
