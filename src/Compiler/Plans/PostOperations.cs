using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>Functions that the client applies to an output that was opened to it.</summary>
internal static class PostOperations
{
    /// <summary>Applies the operation in place to a tensor of the given shape without batch.</summary>
    public static void Apply(PostOperation operation, ImmutableArray<int> shape, Span<float> values)
    {
        switch (operation.Kind)
        {
            case PostOperationKind.Sigmoid:
                foreach (ref float value in values) value = (float)(1 / (1 + Math.Exp(-value)));
                break;
            case PostOperationKind.Tanh:
                foreach (ref float value in values) value = MathF.Tanh(value);
                break;
            case PostOperationKind.Softmax or PostOperationKind.LogSoftmax:
                int axis = operation.Axis < 0 ? operation.Axis + shape.Length : operation.Axis;
                Softmax(shape[axis], shape[(axis + 1)..].Aggregate(1, (p, size) => p * size),
                    operation.Kind == PostOperationKind.LogSoftmax, values);
                break;
        }
    }

    private static void Softmax(int count, int stride, bool logarithm, Span<float> values)
    {
        for (int start = 0; start < values.Length; start += count * stride)
            for (int offset = start; offset < start + stride; offset++)
            {
                double largest = double.NegativeInfinity, sum = 0;
                for (int i = 0; i < count; i++) largest = Math.Max(largest, values[offset + i * stride]);
                for (int i = 0; i < count; i++) sum += Math.Exp(values[offset + i * stride] - largest);
                for (int i = 0; i < count; i++)
                {
                    ref float value = ref values[offset + i * stride];
                    value = (float)(logarithm ? value - largest - Math.Log(sum) : Math.Exp(value - largest) / sum);
                }
            }
    }
}
