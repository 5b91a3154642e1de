using System.Collections.Immutable;
using Blindsight.Arithmetic.Matrices;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Matrix products and batch normalisation in floats.</summary>
internal static class FloatProducts
{
    /// <summary>NumPy's matmul: matrices in the last two axes, the others broadcast.</summary>
    public static void MatMul(FloatTensor left, FloatTensor right, float[] y)
    {
        ImmutableArray<int> a = left.Shape.Length == 1 ? [1, left.Shape[0]] : left.Shape;
        ImmutableArray<int> b = right.Shape.Length == 1 ? [right.Shape[0], 1] : right.Shape;
        int m = a[^2], k = a[^1], n = b[^1], matrices = y.Length / (m * n);
        int[] lefts = Offsets(a[..^2], b[..^2], matrices), rights = Offsets(b[..^2], a[..^2], matrices);
        for (int i = 0; i < matrices; i++)
            FloatMatrix.Multiply(m, n, k, left.Data.AsSpan(lefts[i] * m * k, m * k), right.Data.AsSpan(rights[i] * k * n, k * n),
                y.AsSpan(i * m * n, m * n));
    }

    public static void BatchNormalization(BatchNormalizationOperator norm, FloatTensor[] inputs, float[] y)
    {
        float[] x = inputs[0].Data;
        int channels = inputs[0].Shape[1], size = FloatTensor.Count(inputs[0].Shape[2..]);
        for (int row = 0; row < x.Length / size; row++)
        {
            int channel = row % channels;
            double scale = inputs[1].Data[channel] / Math.Sqrt((double)inputs[4].Data[channel] + norm.Epsilon);
            double shift = inputs[2].Data[channel] - inputs[3].Data[channel] * scale;
            for (int i = row * size; i < (row + 1) * size; i++) y[i] = (float)(x[i] * scale + shift);
        }
    }

    /// <summary>For each matrix of the result, which matrix of one operand enters it.</summary>
    private static int[] Offsets(ImmutableArray<int> own, ImmutableArray<int> other, int matrices)
    {
        int rank = Math.Max(own.Length, other.Length);
        int[] shape = new int[rank], offsets = new int[matrices];
        for (int i = 0; i < rank; i++)
        {
            int x = At(own, i - rank), y = At(other, i - rank);
            shape[i] = x == 1 ? y : x;
        }
        int[] strides = Strided.Broadcast(own, [.. shape]);
        for (int matrix = 0; matrix < matrices; matrix++)
            for (int axis = rank - 1, rest = matrix; axis >= 0; rest /= shape[axis--]) offsets[matrix] += rest % shape[axis] * strides[axis];
        return offsets;

        static int At(ImmutableArray<int> shape, int fromEnd) => shape.Length + fromEnd < 0 ? 1 : shape[shape.Length + fromEnd];
    }
}
