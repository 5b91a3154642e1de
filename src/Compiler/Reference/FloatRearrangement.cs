using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Operators that only move elements.</summary>
internal static class FloatRearrangement
{
    public static void Concat(int axis, FloatTensor[] inputs, ImmutableArray<int> shape, float[] y)
    {
        int inner = FloatTensor.Count(shape[(axis + 1)..]), row = shape[axis] * inner, at = 0;
        foreach (FloatTensor input in inputs)
        {
            int part = input.Shape[axis] * inner;
            for (int outer = 0; part > 0 && outer < y.Length / row; outer++)
                input.Data.AsSpan(outer * part, part).CopyTo(y.AsSpan(outer * row + at));
            at += part;
        }
    }

    public static void Transpose(ImmutableArray<int> permutation, FloatTensor x, ImmutableArray<int> shape, float[] y)
    {
        int[] strides = Strided.Of(x.Shape);
        Strided.Copy(x.Data, 0, [.. permutation.Select(axis => strides[axis])], y, 0, Strided.Of(shape), shape.AsSpan());
    }

    public static void Slice(SliceOperator slice, FloatTensor x, ImmutableArray<int> shape, float[] y)
    {
        int[] strides = Strided.Of(x.Shape);
        int offset = strides.Select((stride, axis) => stride * slice.Starts[axis]).Sum();
        Strided.Copy(x.Data, offset, [.. strides.Select((stride, axis) => stride * slice.Steps[axis])], y, 0, Strided.Of(shape), shape.AsSpan());
    }

    public static void Pad(PadOperator pad, FloatTensor x, ImmutableArray<int> shape, float[] y)
    {
        Array.Fill(y, pad.Value);
        int[] from = Strided.Of(x.Shape), to = Strided.Of(shape), kept = new int[shape.Length];
        int source = 0, target = 0;
        for (int axis = 0; axis < kept.Length; axis++)
        {
            kept[axis] = x.Shape[axis] + Math.Min(pad.Begins[axis], 0) + Math.Min(pad.Ends[axis], 0);
            source += from[axis] * Math.Max(-pad.Begins[axis], 0);
            target += to[axis] * Math.Max(pad.Begins[axis], 0);
        }
        if (!kept.Any(size => size <= 0)) Strided.Copy(x.Data, source, from, y, target, to, kept);
    }

    public static void Gather(GatherOperator gather, FloatTensor x, float[] y)
    {
        int inner = FloatTensor.Count(x.Shape[(gather.Axis + 1)..]), row = x.Shape[gather.Axis] * inner;
        int count = gather.Indices.Length;
        for (int i = 0; i * inner < y.Length; i++)
            x.Data.AsSpan(i / count * row + gather.Indices[i % count] * inner, inner).CopyTo(y.AsSpan(i * inner));
    }
}
