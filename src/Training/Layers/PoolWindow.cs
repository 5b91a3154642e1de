using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>The part inside the image of one pooling window: rows Top to Bottom - 1, columns Left to Right - 1, with the window's dilation as step.</summary>
internal readonly record struct PoolWindow(int Top, int Bottom, int Left, int Right)
{
    /// <summary>The window of an output position.</summary>
    public static PoolWindow At(PoolGeometry geometry, int outY, int outX)
    {
        (int top, int bottom) = Range(
            outY * geometry.StrideHeight - geometry.PadTop, geometry.KernelHeight, geometry.DilationHeight, geometry.InHeight);
        (int left, int right) = Range(
            outX * geometry.StrideWidth - geometry.PadLeft, geometry.KernelWidth, geometry.DilationWidth, geometry.InWidth);
        return new PoolWindow(top, bottom, left, right);
    }

    private static (int First, int End) Range(int start, int kernel, int dilation, int size)
    {
        if (dilation == 1) return (Math.Max(start, 0), Math.Min(start + kernel, size));
        int first = start >= 0 ? start : start + (-start + dilation - 1) / dilation * dilation;
        return (first, Math.Min(start + (kernel - 1) * dilation + 1, size));
    }
}
