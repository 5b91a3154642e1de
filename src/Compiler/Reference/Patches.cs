using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Writes, for each channel and kernel element, the row of image elements that it meets over all output positions.</summary>
internal sealed class Patches(
    ConvolutionOperator convolution, ImmutableArray<int> image, ImmutableArray<int> output, ImmutableArray<int> kernel)
{
    private readonly int[] _shift = new int[kernel.Length];
    private readonly int _size = FloatTensor.Count(image), _elements = FloatTensor.Count(kernel);

    /// <summary>matrix[channel * kernel + element][position] = the image element there, 0 in the pads.</summary>
    /// <param name="channels">Images of all channels of a group, one after the other.</param>
    public void Gather(ReadOnlySpan<float> channels, Span<float> matrix)
    {
        int row = 0;
        for (int start = 0; start < channels.Length; start += _size)
            for (int element = 0; element < _elements; element++)
            {
                for (int axis = kernel.Length - 1, rest = element; axis >= 0; rest /= kernel[axis--])
                    _shift[axis] = rest % kernel[axis] * convolution.Dilations[axis] - convolution.Pads[axis];
                Gather(0, channels.Slice(start, _size), 0, matrix, ref row);
            }
    }

    private void Gather(int axis, ReadOnlySpan<float> channel, int offset, Span<float> matrix, ref int at)
    {
        int size = image[axis], stride = convolution.Strides[axis], count = output[axis], i = _shift[axis];
        if (axis == kernel.Length - 1)
        {
            Span<float> row = matrix.Slice(at, count);
            at += count;
            int first = Math.Clamp((-i + stride - 1) / stride, 0, count), end = Math.Clamp((size - i + stride - 1) / stride, first, count);
            row[..first].Clear();
            row[end..].Clear();
            if (stride == 1 && end > first) channel.Slice(offset * size + i + first, end - first).CopyTo(row[first..]);
            else for (int k = first; k < end; k++) row[k] = channel[offset * size + i + k * stride];
            return;
        }
        int inner = FloatTensor.Count(output[(axis + 1)..]);
        for (int k = 0; k < count; k++, i += stride)
        {
            if (i >= 0 && i < size) Gather(axis + 1, channel, offset * size + i, matrix, ref at);
            else
            {
                matrix.Slice(at, inner).Clear();
                at += inner;
            }
        }
    }
}
