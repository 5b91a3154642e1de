using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Plans;

/// <summary>Checks that a geometry from outside is sound, in 64-bit arithmetic, before anything is computed from it.</summary>
internal static class GeometryRules
{
    /// <summary>Largest size, stride, dilation or pad.</summary>
    private const int DimensionMax = 1 << 24;

    /// <summary>Most weights of one convolution.</summary>
    private const long WeightsMax = 1L << 28;

    /// <exception cref="ParameterException">The geometry describes no convolution of these tensors, or too large a one.</exception>
    public static void Check(string step, ConvolutionGeometry g, PlanTensor input, PlanTensor output)
    {
        Positive(step, g.InChannels, g.InHeight, g.InWidth, g.OutChannels, g.KernelHeight, g.KernelWidth,
            g.StrideHeight, g.StrideWidth, g.DilationHeight, g.DilationWidth, g.Groups);
        NotNegative(step, g.PadTop, g.PadLeft, g.PadBottom, g.PadRight);
        if (g.InChannels % g.Groups != 0 || g.OutChannels % g.Groups != 0)
            throw Fault(step, $"{g.Groups} groups do not divide {g.InChannels} and {g.OutChannels} channels");
        Window(step, (long)g.InHeight + g.PadTop + g.PadBottom, g.KernelHeight, g.DilationHeight);
        Window(step, (long)g.InWidth + g.PadLeft + g.PadRight, g.KernelWidth, g.DilationWidth);
        Elements(step, input, g.InChannels, g.InHeight, g.InWidth);
        Elements(step, output, g.OutChannels, g.OutHeight, g.OutWidth);
        Int128 weights = (Int128)g.OutChannels * (g.InChannels / g.Groups) * g.KernelHeight * g.KernelWidth;
        if (weights > WeightsMax) throw Fault(step, $"{weights} weights; the limit is {WeightsMax}");
    }

    /// <exception cref="ParameterException">The geometry describes no pooling of these tensors, or a window lies outside of the image.</exception>
    public static void Check(string step, PoolGeometry g, PlanTensor input, PlanTensor output)
    {
        Positive(step, g.Channels, g.InHeight, g.InWidth, g.OutHeight, g.OutWidth, g.KernelHeight, g.KernelWidth,
            g.StrideHeight, g.StrideWidth, g.DilationHeight, g.DilationWidth);
        NotNegative(step, g.PadTop, g.PadLeft);
        Elements(step, input, g.Channels, g.InHeight, g.InWidth);
        Elements(step, output, g.Channels, g.OutHeight, g.OutWidth);
        Touches(step, g.InHeight, g.OutHeight, g.KernelHeight, g.StrideHeight, g.DilationHeight, g.PadTop);
        Touches(step, g.InWidth, g.OutWidth, g.KernelWidth, g.StrideWidth, g.DilationWidth, g.PadLeft);
        if ((long)g.KernelHeight * g.KernelWidth > DimensionMax) throw Fault(step, "the pooling window is too large");
    }

    private static void Positive(string step, params ReadOnlySpan<int> values)
    {
        foreach (int value in values)
            if (value is < 1 or > DimensionMax) throw Fault(step, $"a size of {value}; sizes are 1 to {DimensionMax}");
    }

    private static void NotNegative(string step, params ReadOnlySpan<int> pads)
    {
        foreach (int pad in pads)
            if (pad is < 0 or > DimensionMax) throw Fault(step, $"a pad of {pad}; pads are 0 to {DimensionMax}");
    }

    private static void Window(string step, long paddedSize, int kernel, int dilation)
    {
        if ((long)dilation * (kernel - 1) + 1 > paddedSize)
            throw Fault(step, $"a window of {kernel} (dilation {dilation}) in a padded image of {paddedSize}");
        if (paddedSize > DimensionMax) throw Fault(step, $"a padded size of {paddedSize}; the limit is {DimensionMax}");
    }

    private static void Elements(string step, PlanTensor tensor, int channels, int height, int width)
    {
        if ((Int128)channels * height * width != tensor.Elements)
            throw Fault(step, $"a geometry of {channels} x {height} x {width} for tensor {tensor.Id} of {tensor.Elements} elements");
    }

    /// <summary>Every window has a position inside the image.</summary>
    private static void Touches(string step, int size, int outputs, int kernel, int stride, int dilation, int pad)
    {
        long reach = (long)dilation * (kernel - 1);
        for (int output = 0; output < outputs; output++)
        {
            long start = (long)output * stride - pad;
            long skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
            long first = start + skipped * dilation;
            if (first > start + reach || first >= size) throw Fault(step, $"window {output} lies outside of the image");
        }
    }

    private static ParameterException Fault(string step, string message) => PlanValidator.Fault(step, message);
}
