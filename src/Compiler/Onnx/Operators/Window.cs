using System.Collections.Immutable;

namespace Blindsight.Compiler.Onnx;

/// <summary>The window attributes that convolution and pooling share, resolved: auto_pad and ceil_mode are gone.</summary>
/// <param name="Pads">All begins, then all ends.</param>
/// <param name="Outputs">Sizes of the output along the spatial axes.</param>
internal sealed record Window(
    ImmutableArray<int> Kernel, ImmutableArray<int> Strides, ImmutableArray<int> Dilations, ImmutableArray<int> Pads,
    ImmutableArray<int> Outputs)
{
    /// <exception cref="GraphException">Attributes that fit neither each other nor the image.</exception>
    public static Window Read(OnnxNode node, ImmutableArray<int> image, ImmutableArray<int> kernel)
    {
        int axes = image.Length - 2;
        ImportBudget.Elements(node, kernel.AsSpan());
        if (node.Ints("kernel_shape") is { } stated && !stated.SequenceEqual(kernel.Select(size => (long)size)))
            throw node.Refuse($"'kernel_shape' is [{string.Join(", ", stated)}], the weights say {Shapes.Text(kernel)}");
        ImmutableArray<int> strides = node.Sizes("strides", axes, 1, 1), dilations = node.Sizes("dilations", axes, 1, 1);
        int[] pads = [.. node.Sizes("pads", 2 * axes, 0, 0)], outputs = new int[axes];
        string autoPad = node.Text("auto_pad", "NOTSET");
        bool ceil = node.Flag("ceil_mode", false);
        for (int i = 0; i < axes; i++)
        {
            long reach = (long)dilations[i] * (kernel[i] - 1) + 1;
            if (kernel[i] < 1 || reach > 1 << 24) throw node.Refuse($"a kernel of {kernel[i]} by dilation {dilations[i]} is not supported");
            Pad(node, autoPad, image[i + 2], reach, strides[i], ref pads[i], ref pads[i + axes]);
            if (pads[i] >= reach || pads[i + axes] >= reach)
                throw node.Refuse($"pads {pads[i]} and {pads[i + axes]} are not below the window's reach of {reach}");
            outputs[i] = Output(node, image[i + 2], pads[i], pads[i + axes], reach, strides[i], ceil);
        }
        return new(kernel, strides, dilations, [.. pads], [.. outputs]);
    }

    private static void Pad(OnnxNode node, string autoPad, int size, long reach, int stride, ref int begin, ref int end)
    {
        if (autoPad is "NOTSET" or "") return;
        if (autoPad == "VALID")
        {
            begin = end = 0;
            return;
        }
        if (autoPad is not ("SAME_UPPER" or "SAME_LOWER")) throw node.Refuse($"auto_pad '{autoPad}' is not known");
        int outputs = (size + stride - 1) / stride;
        int total = (int)Math.Max(0, (outputs - 1L) * stride + reach - size), half = total / 2;
        (begin, end) = autoPad == "SAME_UPPER" ? (half, total - half) : (total - half, half);
    }

    /// <summary>Number of window positions; with ceil_mode a last one counts if it starts inside the image or the pad before it.</summary>
    private static int Output(OnnxNode node, int size, int begin, int end, long reach, int stride, bool ceil)
    {
        long free = (long)size + begin + end - reach;
        if (free < 0 || size == 0) throw node.Refuse($"a window of reach {reach} does not fit a size of {size} with pads {begin} and {end}");
        long outputs = (free + (ceil ? stride - 1 : 0)) / stride + 1;
        if (ceil && (outputs - 1) * stride >= (long)size + begin) outputs--;
        return (int)outputs;
    }
}
