using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>Where each element of a layout step's output comes from: the one meaning of <see cref="LayoutOperation"/>.</summary>
public static class LayoutMap
{
    /// <summary>The source of an element that is padding.</summary>
    public const int Padding = -1;

    /// <summary>
    /// For each element of the output the index of its source among the elements of all inputs, one input after the
    /// other, or <see cref="Padding"/>. The step must be valid (reading a plan checks it).
    /// </summary>
    public static int[] Sources(LayoutOperation operation, IReadOnlyList<ImmutableArray<int>> inputs, ImmutableArray<int> output) =>
        operation is ConcatLayout concat ? Concatenate(concat.Axis, inputs, output) : Rearrange(operation, inputs[0], output);

    private static int[] Concatenate(int axis, IReadOnlyList<ImmutableArray<int>> inputs, ImmutableArray<int> output)
    {
        int[] sources = new int[Product(output, 0)];
        int outer = Product(output, 0) / Math.Max(1, Product(output, axis)), row = Product(output, axis);
        int inputStart = 0, column = 0;
        foreach (ImmutableArray<int> shape in inputs)
        {
            int width = Product(shape, axis);
            for (int i = 0; i < outer; i++)
                for (int j = 0; j < width; j++) sources[i * row + column + j] = inputStart + i * width + j;
            inputStart += outer * width;
            column += width;
        }
        return sources;
    }

    private static int[] Rearrange(LayoutOperation operation, ImmutableArray<int> from, ImmutableArray<int> to)
    {
        int[] sources = new int[Product(to, 0)];
        if (operation is ReshapeLayout)
        {
            for (int i = 0; i < sources.Length; i++) sources[i] = i;
            return sources;
        }
        int[] index = new int[to.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i] = Source(operation, index, from);
            for (int axis = to.Length - 1; axis >= 0 && ++index[axis] == to[axis]; axis--) index[axis] = 0;
        }
        return sources;
    }

    private static int Source(LayoutOperation operation, int[] index, ImmutableArray<int> from)
    {
        int source = 0;
        for (int axis = 0; axis < from.Length; axis++)
        {
            int at = operation switch
            {
                TransposeLayout transpose => index[transpose.Permutation.IndexOf(axis)],
                SliceLayout slice => slice.Starts[axis] + index[axis] * slice.Steps[axis],
                PadLayout pad => index[axis] - pad.Begins[axis],
                GatherLayout gather => axis == gather.Axis ? gather.Indices[index[axis]] : index[axis],
                _ => throw new ArgumentException($"{operation.GetType().Name} is not a known layout operation."),
            };
            if (at < 0 || at >= from[axis]) return Padding;
            source = source * from[axis] + at;
        }
        return source;
    }

    private static int Product(ImmutableArray<int> shape, int firstAxis)
    {
        int product = 1;
        for (int axis = firstAxis; axis < shape.Length; axis++) product *= shape[axis];
        return product;
    }
}
