using System.Collections.Immutable;

namespace Blindsight.Compiler.Reference;

/// <summary>Walks over tensors by strides: transpositions, slices, pads and broadcasts are copies of this kind.</summary>
internal static class Strided
{
    /// <summary>Row-major strides of a shape.</summary>
    public static int[] Of(ImmutableArray<int> shape)
    {
        int[] strides = new int[shape.Length];
        for (int axis = shape.Length - 1, stride = 1; axis >= 0; stride *= shape[axis--]) strides[axis] = stride;
        return strides;
    }

    /// <summary>Strides of a value broadcast to a shape: 0 along axes that are repeated.</summary>
    public static int[] Broadcast(ImmutableArray<int> from, ImmutableArray<int> to)
    {
        int[] strides = new int[to.Length], own = Of(from);
        for (int i = 0; i < from.Length; i++)
            if (from[i] != 1) strides[to.Length - from.Length + i] = own[i];
        return strides;
    }

    /// <summary>target[offset + i * strides] = source[offset + i * strides] for every index i below the sizes, none of which is 0.</summary>
    public static void Copy(
        float[] source, int sourceOffset, ReadOnlySpan<int> sourceStrides,
        float[] target, int targetOffset, ReadOnlySpan<int> targetStrides, ReadOnlySpan<int> sizes)
    {
        if (sizes.IsEmpty)
        {
            target[targetOffset] = source[sourceOffset];
            return;
        }
        if (sizes.Length == 1 && sourceStrides[0] == 1 && targetStrides[0] == 1)
        {
            source.AsSpan(sourceOffset, sizes[0]).CopyTo(target.AsSpan(targetOffset));
            return;
        }
        for (int i = 0; i < sizes[0]; i++, sourceOffset += sourceStrides[0], targetOffset += targetStrides[0])
        {
            if (sizes.Length == 1) target[targetOffset] = source[sourceOffset];
            else Copy(source, sourceOffset, sourceStrides[1..], target, targetOffset, targetStrides[1..], sizes[1..]);
        }
    }

    /// <summary>A value repeated to a shape; the value's own elements where the shape is its own.</summary>
    public static float[] Expand(float[] data, ImmutableArray<int> from, ImmutableArray<int> to, int elements)
    {
        if (data.Length == elements) return data;
        float[] expanded = new float[elements];
        Copy(data, 0, Broadcast(from, to), expanded, 0, Of(to), to.AsSpan());
        return expanded;
    }
}
