using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>The mean of each window's elements inside the image; with <paramref name="includePad"/> its sum over the window's size.</summary>
internal sealed class AveragePoolLayer(PoolGeometry geometry, bool includePad = false) : Layer
{
    public bool IncludePad { get; } = includePad;
    public PoolGeometry Geometry { get; } = geometry;
    public override FeatureShape OutputShape { get; } = new(geometry.Channels, geometry.OutHeight, geometry.OutWidth);
    public override string Describe() => $"average-pool {Geometry}{(IncludePad ? " pads counted" : "")}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice => ForEachWindow(slice, (plane, at, window) =>
        {
            float sum = 0;
            for (int y = window.Top; y < window.Bottom; y += Geometry.DilationHeight)
                for (int x = window.Left; x < window.Right; x += Geometry.DilationWidth)
                    sum += inputs[0].Values[plane + y * Geometry.InWidth + x];
            output.Values[at] = sum / Elements(window);
        }));

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice => ForEachWindow(slice, (plane, at, window) =>
        {
            float share = output.Gradients[at] / Elements(window);
            for (int y = window.Top; y < window.Bottom; y += Geometry.DilationHeight)
                for (int x = window.Left; x < window.Right; x += Geometry.DilationWidth)
                    inputs[0].Gradients[plane + y * Geometry.InWidth + x] += share;
        }));
    }

    protected override Layer Fresh() => new AveragePoolLayer(Geometry, IncludePad);

    private void ForEachWindow(BatchSlice slice, Action<int, int, PoolWindow> body)
    {
        int at = slice.First * OutputShape.Elements;
        int end = (slice.First + slice.Images) * Geometry.Channels;
        for (int channel = slice.First * Geometry.Channels; channel < end; channel++)
            for (int outY = 0; outY < Geometry.OutHeight; outY++)
                for (int outX = 0; outX < Geometry.OutWidth; outX++, at++)
                    body(channel * Geometry.InHeight * Geometry.InWidth, at, PoolWindow.At(Geometry, outY, outX));
    }

    private int Elements(PoolWindow window) => IncludePad
        ? Geometry.KernelHeight * Geometry.KernelWidth
        : Count(window.Top, window.Bottom, Geometry.DilationHeight) * Count(window.Left, window.Right, Geometry.DilationWidth);

    private static int Count(int first, int end, int step) => (end - first + step - 1) / step;
}
