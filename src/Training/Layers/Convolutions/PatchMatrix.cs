using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Training.Layers.Convolutions;

/// <summary>
/// The matrix that turns a convolution into a product: row (channel, kernel row, kernel column), column (output row,
/// output column) holds the input element under that weight, or zero in the padding.
/// </summary>
internal static class PatchMatrix
{
    /// <summary>Writes one image's columns for one group of channels.</summary>
    /// <param name="channels">The group's channels of the image.</param>
    /// <param name="stride">Elements from one row of the matrix to the next.</param>
    /// <param name="matrix">The matrix from the image's first column on.</param>
    public static void Gather(ConvolutionGeometry geometry, ReadOnlySpan<float> channels, int stride, Span<float> matrix)
    {
        int row = 0;
        int plane = geometry.InHeight * geometry.InWidth;
        for (int channel = 0; channel < geometry.InChannels / geometry.Groups; channel++)
            for (int y = 0; y < geometry.KernelHeight; y++)
                for (int x = 0; x < geometry.KernelWidth; x++, row++)
                    GatherRow(geometry, channels.Slice(channel * plane, plane), y, x, matrix[(row * stride)..]);
    }

    /// <summary>Adds every element of one image's columns to the input element it stands for: the adjoint of Gather.</summary>
    public static void AddBack(ConvolutionGeometry geometry, ReadOnlySpan<float> matrix, int stride, Span<float> channels)
    {
        int row = 0;
        int plane = geometry.InHeight * geometry.InWidth;
        for (int channel = 0; channel < geometry.InChannels / geometry.Groups; channel++)
            for (int y = 0; y < geometry.KernelHeight; y++)
                for (int x = 0; x < geometry.KernelWidth; x++, row++)
                    AddBackRow(geometry, matrix[(row * stride)..], y, x, channels.Slice(channel * plane, plane));
    }

    private static void GatherRow(ConvolutionGeometry geometry, ReadOnlySpan<float> plane, int kernelY, int kernelX, Span<float> row)
    {
        (int first, int end) = Inside(
            kernelX * geometry.DilationWidth - geometry.PadLeft, geometry.StrideWidth, geometry.InWidth, geometry.OutWidth);
        int step = geometry.StrideWidth;
        int left = kernelX * geometry.DilationWidth - geometry.PadLeft;
        for (int outY = 0; outY < geometry.OutHeight; outY++)
        {
            Span<float> target = row.Slice(outY * geometry.OutWidth, geometry.OutWidth);
            int inY = outY * geometry.StrideHeight + kernelY * geometry.DilationHeight - geometry.PadTop;
            if ((uint)inY >= (uint)geometry.InHeight || first >= end)
            {
                target.Clear();
                continue;
            }
            target[..first].Clear();
            target[end..].Clear();
            ReadOnlySpan<float> source = plane.Slice(inY * geometry.InWidth, geometry.InWidth);
            if (step == 1) source.Slice(left + first, end - first).CopyTo(target[first..]);
            else
                for (int x = first; x < end; x++) target[x] = source[left + x * step];
        }
    }

    private static void AddBackRow(ConvolutionGeometry geometry, ReadOnlySpan<float> row, int kernelY, int kernelX, Span<float> plane)
    {
        int left = kernelX * geometry.DilationWidth - geometry.PadLeft;
        int step = geometry.StrideWidth;
        (int first, int end) = Inside(left, step, geometry.InWidth, geometry.OutWidth);
        for (int outY = 0; outY < geometry.OutHeight; outY++)
        {
            int inY = outY * geometry.StrideHeight + kernelY * geometry.DilationHeight - geometry.PadTop;
            if ((uint)inY >= (uint)geometry.InHeight) continue;
            ReadOnlySpan<float> source = row.Slice(outY * geometry.OutWidth, geometry.OutWidth);
            Span<float> target = plane.Slice(inY * geometry.InWidth, geometry.InWidth);
            for (int x = first; x < end; x++) target[left + x * step] += source[x];
        }
    }

    /// <summary>The output columns x, from first to end - 1, for which 0 is at most left + x * step, below width.</summary>
    private static (int First, int End) Inside(int left, int step, int width, int outputs)
    {
        int first = left >= 0 ? 0 : (-left + step - 1) / step;
        int end = width <= left ? 0 : (width - left + step - 1) / step;
        return (Math.Min(first, outputs), Math.Clamp(end, Math.Min(first, outputs), outputs));
    }
}
