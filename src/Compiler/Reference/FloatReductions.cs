using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Operators that combine elements along axes.</summary>
internal static class FloatReductions
{
    /// <summary>Sums are kept in doubles.</summary>
    public static void Reduce(ReduceOperator reduce, FloatTensor x, float[] y)
    {
        int[] strides = Strided.Of(x.Shape);
        ImmutableArray<int> kept = [.. Enumerable.Range(0, x.Shape.Length).Where(axis => !reduce.Axes.Contains(axis))];
        int[] order = [.. kept, .. reduce.Axes];
        float[] grouped = new float[x.Data.Length];
        ImmutableArray<int> sizes = [.. order.Select(axis => x.Shape[axis])];
        if (grouped.Length > 0)
            Strided.Copy(x.Data, 0, [.. order.Select(axis => strides[axis])], grouped, 0, Strided.Of(sizes), sizes.AsSpan());
        int group = x.Data.Length / y.Length;
        for (int i = 0; i < y.Length; i++) y[i] = Combine(reduce.Kind, grouped.AsSpan(i * group, group));
    }

    public static void Softmax(SoftmaxOperator softmax, FloatTensor x, float[] y)
    {
        int before = FloatTensor.Count(x.Shape[..softmax.Axis]);
        int count = softmax.Flatten ? x.Data.Length / before : x.Shape[softmax.Axis];
        int inner = x.Data.Length / before / count;
        for (int outer = 0; outer < before; outer++)
            for (int i = 0; i < inner; i++) Softmax(softmax.Logarithm, x.Data, y, outer * count * inner + i, inner, count);
    }

    public static void ArgMax(ArgMaxOperator argMax, FloatTensor x, float[] y)
    {
        int count = x.Shape[argMax.Axis], inner = FloatTensor.Count(x.Shape[(argMax.Axis + 1)..]);
        for (int i = 0; i < y.Length; i++)
        {
            int start = i / inner * count * inner + i % inner, best = 0;
            for (int k = 1; k < count; k++)
            {
                float candidate = x.Data[start + k * inner], leader = x.Data[start + best * inner];
                if (candidate > leader || (argMax.SelectLast && candidate == leader)) best = k;
            }
            y[i] = best;
        }
    }

    private static float Combine(ReduceKind kind, ReadOnlySpan<float> elements)
    {
        double sum = 0;
        float largest = float.NegativeInfinity;
        foreach (float element in elements)
        {
            sum += element;
            largest = MathF.Max(largest, element);
        }
        return kind switch { ReduceKind.Max => largest, ReduceKind.Mean => (float)(sum / elements.Length), _ => (float)sum };
    }

    private static void Softmax(bool logarithm, float[] x, float[] y, int start, int stride, int count)
    {
        float largest = float.NegativeInfinity;
        for (int k = 0; k < count; k++) largest = MathF.Max(largest, x[start + k * stride]);
        double sum = 0;
        for (int k = 0; k < count; k++) sum += Math.Exp(x[start + k * stride] - largest);
        for (int k = 0, at = start; k < count; k++, at += stride)
            y[at] = (float)(logarithm ? x[at] - largest - Math.Log(sum) : Math.Exp(x[at] - largest) / sum);
    }
}
