using Blindsight.Compiler.Graphs;

namespace Blindsight.Harness;

/// <summary>Graphs whose activations are polynomials, with pseudo-random weights.</summary>
public static class Polynomials
{
    /// <summary>
    /// Everything that leveled encryption takes: strides, groups, channels of several kinds, a residual sum, pooling, layouts, two outputs. Depth 5.
    /// </summary>
    public static Graph OfEveryKind()
    {
        GraphBuilder builder = new(5);
        string x = builder.Input(1, 2, 8, 8), first = builder.Convolution(x, 4, 3, stride: 2, pad: 1);
        string mixed = builder.Add(new ChannelActivationOperator(0, float.PositiveInfinity,
            [new(false, 0.2f, 0.5f, 0.25f, 0), new(false, 0.1f, 1.5f, 0, 0), new(false, 0.7f, 0, 0, 0), new(false, 0, 0.1f, -0.3f, 0)]),
            builder.Shape(first), first);
        string second = builder.Convolution(mixed, 4, 3, pad: 1, groups: 2), sum = builder.Binary(BinaryKind.Add, second, mixed);
        string square = builder.Binary(BinaryKind.Mul, sum, sum);
        string turned = builder.Add(new TransposeOperator([0, 2, 3, 1]), [1, 4, 4, 4], builder.AveragePool(square, 1));
        string rows = builder.Dense(builder.Flatten(turned), 6);
        return builder.Build(rows, sum);
    }

    /// <summary>A convolution, a square, a dense layer: depth 3.</summary>
    public static Graph Small()
    {
        GraphBuilder builder = new(6);
        string x = builder.Input(1, 1, 6, 6), conv = builder.Convolution(x, 3, 3, stride: 2, pad: 1);
        return builder.Build(builder.Dense(builder.Flatten(builder.Binary(BinaryKind.Mul, conv, conv)), 4));
    }

    /// <summary>
    /// What takes the holder of the key: a maximum with a ReLU behind it and one without, padded; channels of all kinds; a residual sum under a ReLU; a
    /// concatenation under a ReLU; average pooling; two outputs, of which one is read further.
    /// </summary>
    public static Graph WithExactActivations()
    {
        GraphBuilder builder = new(7);
        string x = builder.Input(1, 2, 8, 8), first = builder.Relu(builder.MaxPool(builder.Convolution(x, 4, 3, pad: 1), 2, 2));
        string mixed = builder.Add(new ChannelActivationOperator(0, 1.5f,
            [new(true, 0, 0, 0, 0), new(false, 0.1f, 0.5f, 0.25f, 0), new(false, 0.7f, 0, 0, 0), new(false, 0, 0.1f, -0.3f, 0)]),
            builder.Shape(first), builder.Convolution(first, 4, 3, pad: 1));
        string second = builder.Convolution(mixed, 4, 3, pad: 1, groups: 2), sum = builder.Binary(BinaryKind.Add, second, mixed);
        string left = builder.Relu(sum), right = builder.Relu(builder.Convolution(left, 2, 1));
        string both = builder.MaxPool(builder.Add(new ConcatOperator(1), [1, 6, 4, 4], left, right), 2, 2);
        string head = builder.Dense(builder.Flatten(builder.AveragePool(both, 2)), 6);
        return builder.Build(head, builder.Dense(builder.Relu(head), 3));
    }

    /// <summary>Rows for a graph.</summary>
    public static FloatTensor[][] Images(Graph graph, int count) =>
        [.. Enumerable.Range(0, count).Select(image => GraphBuilder.RandomInputs(graph, 100 + image))];
}
