using System.Collections.Immutable;

namespace Blindsight.Compiler.Graphs;

/// <summary>A row-major tensor of floats. Integer and Boolean ONNX tensors are held as floats too.</summary>
public sealed class FloatTensor
{
    /// <exception cref="ArgumentException">The data does not fill the shape.</exception>
    public FloatTensor(ImmutableArray<int> shape, float[] data)
    {
        if (Count(shape) != data.Length)
            throw new ArgumentException($"{data.Length} elements do not fill the shape [{string.Join(", ", shape)}].");
        Shape = shape;
        Data = data;
    }

    /// <summary>Dimensions, the outermost first; empty for a scalar.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>The elements; not to be changed once the tensor is part of a graph.</summary>
    public float[] Data { get; }

    /// <summary>Number of elements of a shape.</summary>
    /// <exception cref="OverflowException">More than 2^31 - 1 elements.</exception>
    public static int Count(ImmutableArray<int> shape) =>
        shape.Aggregate(1, (product, dimension) => checked(product * dimension));
}
