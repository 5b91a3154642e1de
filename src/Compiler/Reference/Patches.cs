using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Writes, for each channel and kernel element, the row of image elements that it meets over a range of output positions.</summary>
internal sealed class Patches(
    ConvolutionOperator convolution, ImmutableArray<int> image, ImmutableArray<int> output, ImmutableArray<int> kernel)
{
    private readonly int[] _starts = new int[kernel.Length];
    private readonly int _size = FloatTensor.Count(image), _elements = FloatTensor.Count(kernel), _last = kernel.Length - 1;

    /// <summary>matrix[channel * kernel + element][p] = the image element met at output position first + p, 0 in the pads.</summary>
    /// <param name="channels">Images of all channels of a group, one after the other.</param>
    public void Gather(ReadOnlySpan<float> channels, int first, int count, Span<float> matrix)
    {
        int width = output[_last];
        for (int done = 0; done < count;)
        {
            int from = (first + done) % width, run = Math.Min(width - from, count - done);
            for (int axis = _last, rest = first + done; axis >= 0; rest /= output[axis--])
                _starts[axis] = rest % output[axis] * convolution.Strides[axis] - convolution.Pads[axis];
            for (int element = 0; element < _elements; element++)
            {
                (int offset, int column, bool inside) = Place(element);
                for (int channel = 0; channel * _size < channels.Length; channel++)
                {
                    Span<float> row = matrix.Slice((channel * _elements + element) * count + done, run);
                    if (inside) CopyRow(channels.Slice(channel * _size + offset, image[_last]), column, row);
                    else row.Clear();
                }
            }
            done += run;
        }
    }

    /// <summary>Where a kernel element falls at the run's first position: the image row's offset, the column, and whether there is such a row.</summary>
    private (int Offset, int Column, bool Inside) Place(int element)
    {
        int offset = 0, column = 0;
        bool inside = true;
        for (int axis = _last, rest = element, stride = 1; axis >= 0; stride *= image[axis], rest /= kernel[axis--])
        {
            int at = _starts[axis] + rest % kernel[axis] * convolution.Dilations[axis];
            if (axis == _last) column = at;
            else
            {
                inside &= at >= 0 && at < image[axis];
                offset += at * stride;
            }
        }
        return (offset, column, inside);
    }

    /// <summary>row[i] = source[column + i * stride], 0 outside.</summary>
    private void CopyRow(ReadOnlySpan<float> source, int column, Span<float> row)
    {
        int stride = convolution.Strides[_last];
        int first = Math.Clamp((-column + stride - 1) / stride, 0, row.Length);
        int end = Math.Clamp((source.Length - column + stride - 1) / stride, first, row.Length);
        row[..first].Clear();
        row[end..].Clear();
        if (end == first) return;
        if (stride == 1) source.Slice(column + first, end - first).CopyTo(row[first..]);
        else for (int i = first; i < end; i++) row[i] = source[column + i * stride];
    }
}
