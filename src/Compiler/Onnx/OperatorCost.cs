using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Onnx;

/// <summary>How long evaluating an operator takes, roughly: for limits.</summary>
internal static class OperatorCost
{
    /// <summary>Multiplications or moves for one output element.</summary>
    public static long StepsPerElement(Operator op, ImmutableArray<int>[] inputs) => op switch
    {
        ConvolutionOperator => Product(inputs[1].AsSpan()[1..]),
        MatMulOperator => Math.Max(1, inputs[0][^1]),
        MaxPoolOperator pool => Product(pool.Kernel.AsSpan()),
        AveragePoolOperator pool => Product(pool.Kernel.AsSpan()),
        ReduceOperator or SoftmaxOperator or ArgMaxOperator => 1 + Product(inputs[0].AsSpan()),
        _ => 1,
    };

    private static long Product(ReadOnlySpan<int> sizes)
    {
        long product = 1;
        foreach (int size in sizes) product = Math.Min(product * size, 1L << 32);
        return product;
    }
}
