using System.Collections.Immutable;

namespace Blindsight.Compiler.Onnx;

/// <summary>Shapes of results.</summary>
internal static class Shapes
{
    public static string Text(ImmutableArray<int> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>NumPy's broadcasting of two shapes.</summary>
    /// <exception cref="GraphException">Two dimensions differ and neither is 1.</exception>
    public static ImmutableArray<int> Broadcast(OnnxNode node, ImmutableArray<int> a, ImmutableArray<int> b)
    {
        int rank = Math.Max(a.Length, b.Length);
        int[] shape = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            int x = i < rank - a.Length ? 1 : a[i - rank + a.Length], y = i < rank - b.Length ? 1 : b[i - rank + b.Length];
            if (x != y && x != 1 && y != 1) throw node.Refuse($"shapes {Text(a)} and {Text(b)} do not broadcast");
            shape[i] = x == 1 ? y : x;
        }
        return [.. shape];
    }

    /// <summary>Checked axes, counted from the front, ascending, none twice.</summary>
    public static ImmutableArray<int> Axes(OnnxNode node, ImmutableArray<long> axes, int rank)
    {
        int[] sorted = [.. axes.Select(axis => node.Axis(axis, rank)).Order()];
        for (int i = 1; i < sorted.Length; i++)
            if (sorted[i] == sorted[i - 1]) throw node.Refuse($"axis {sorted[i]} is given twice");
        return [.. sorted];
    }
}
