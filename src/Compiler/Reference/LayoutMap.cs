using System.Collections.Immutable;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Reference;

/// <summary>
/// A layout operation as a list of sources: output element i is element Sources[i] of the inputs laid end to end, or the
/// padding value where that is <see cref="Padding"/>.
/// </summary>
public static class LayoutMap
{
    /// <summary>The source of a padded element.</summary>
    public const int Padding = -1;

    /// <summary>Computes the sources of every output element.</summary>
    /// <param name="inputs">Shapes of the inputs.</param>
    /// <param name="output">Shape of the output.</param>
    public static int[] Sources(LayoutOperation operation, IReadOnlyList<ImmutableArray<int>> inputs, ImmutableArray<int> output)
    {
        int[] sources = new int[output.Aggregate(1, (product, size) => checked(product * size))];
        if (operation is ReshapeLayout)
        {
            for (int i = 0; i < sources.Length; i++) sources[i] = i;
            return sources;
        }
        if (operation is ConcatLayout concat)
        {
            Concat(concat.Axis, inputs, output, sources);
            return sources;
        }
        int[] index = new int[output.Length];
        int[] strides = Strides(inputs[0]);
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i] = Source(operation, inputs[0], strides, index);
            Advance(index, output);
        }
        return sources;
    }

    private static int Source(LayoutOperation operation, ImmutableArray<int> shape, int[] strides, int[] index)
    {
        int source = 0;
        for (int axis = 0; axis < index.Length; axis++)
        {
            int from = axis, position = index[axis];
            switch (operation)
            {
                case TransposeLayout transpose: from = transpose.Permutation[axis]; break;
                case SliceLayout slice: position = slice.Starts[axis] + position * slice.Steps[axis]; break;
                case PadLayout pad: position -= pad.Begins[axis]; break;
                case GatherLayout gather when gather.Axis == axis: position = gather.Indices[position]; break;
            }
            if ((uint)position >= (uint)shape[from]) return Padding;
            source += position * strides[from];
        }
        return source;
    }

    private static void Concat(int axis, IReadOnlyList<ImmutableArray<int>> inputs, ImmutableArray<int> output, int[] sources)
    {
        int outer = Product(output[..axis]), inner = Product(output[(axis + 1)..]);
        int offset = 0, start = 0;
        foreach (ImmutableArray<int> input in inputs)
        {
            int block = input[axis] * inner;
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < block; i++)
                    sources[o * output[axis] * inner + start + i] = offset + o * block + i;
            start += block;
            offset += outer * block;
        }
    }

    private static int[] Strides(ImmutableArray<int> shape)
    {
        int[] strides = new int[shape.Length];
        for (int axis = shape.Length - 1, stride = 1; axis >= 0; stride *= shape[axis], axis--) strides[axis] = stride;
        return strides;
    }

    private static void Advance(int[] index, ImmutableArray<int> shape)
    {
        for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
    }

    private static int Product(ImmutableArray<int> sizes) => sizes.Aggregate(1, (product, size) => product * size);
}
