using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Finds which elements of an image each window position covers, for any number of spatial axes.</summary>
internal sealed class WindowWalk(
    ImmutableArray<int> kernel, ImmutableArray<int> strides, ImmutableArray<int> pads, ImmutableArray<int> dilations,
    ImmutableArray<int> inputs, ImmutableArray<int> outputs)
{
    private readonly int[] _inside = new int[FloatTensor.Count(kernel)];
    private readonly int[] _starts = new int[kernel.Length];
    private int _count;

    /// <summary>Offsets in the image of the elements that the window covers.</summary>
    public ReadOnlySpan<int> Inside => _inside.AsSpan(0, _count);

    /// <summary>Number of window elements inside the image or its pads.</summary>
    public int InsidePadded { get; private set; }

    /// <summary>Moves the window to an output position, counted row by row.</summary>
    public void MoveTo(int position)
    {
        for (int axis = kernel.Length - 1; axis >= 0; axis--)
        {
            _starts[axis] = position % outputs[axis] * strides[axis] - pads[axis];
            position /= outputs[axis];
        }
        _count = InsidePadded = 0;
        Visit(0, 0, true);
    }

    private void Visit(int axis, int offset, bool inside)
    {
        if (axis == kernel.Length)
        {
            InsidePadded++;
            if (inside) _inside[_count++] = offset;
            return;
        }
        for (int k = 0, at = _starts[axis]; k < kernel[axis]; k++, at += dilations[axis])
        {
            if (at >= inputs[axis] + pads[axis + kernel.Length]) break;
            Visit(axis + 1, offset * inputs[axis] + at, inside && at >= 0 && at < inputs[axis]);
        }
    }
}
