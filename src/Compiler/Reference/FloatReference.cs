using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Runs a graph in floats: what the model means.</summary>
public static class FloatReference
{
    /// <summary>The graph's outputs, in its order.</summary>
    /// <param name="inputs">One tensor for each of the graph's inputs, of its shape.</param>
    /// <param name="observe">Receives every input and every node's output, by name, as soon as it is known.</param>
    /// <exception cref="ArgumentException">Inputs of another number or shape.</exception>
    public static FloatTensor[] Run(
        Graph graph, IReadOnlyList<FloatTensor> inputs, Action<string, FloatTensor>? observe = null)
    {
        if (inputs.Count != graph.Inputs.Length)
            throw new ArgumentException($"{inputs.Count} inputs given, the graph has {graph.Inputs.Length}.", nameof(inputs));
        Dictionary<string, FloatTensor> values = [];
        for (int i = 0; i < inputs.Count; i++)
        {
            string name = graph.Inputs[i];
            if (!inputs[i].Shape.SequenceEqual(graph.Shapes[name]))
                throw new ArgumentException($"Input '{name}' has shape [{string.Join(", ", inputs[i].Shape)}], "
                    + $"the graph asks for [{string.Join(", ", graph.Shapes[name])}].", nameof(inputs));
            Set(name, inputs[i]);
        }
        foreach (Node node in graph.Nodes)
            Set(node.Output, Evaluate(node, [.. node.Inputs.Select(Value)], graph.Shapes[node.Output]));
        return [.. graph.Outputs.Select(Value)];

        FloatTensor Value(string name) => graph.Constants.TryGetValue(name, out FloatTensor? known) ? known : values[name];

        void Set(string name, FloatTensor value)
        {
            values[name] = value;
            observe?.Invoke(name, value);
        }
    }

    /// <summary>One node's output, of the given shape.</summary>
    internal static FloatTensor Evaluate(Node node, FloatTensor[] inputs, ImmutableArray<int> shape)
    {
        FloatTensor x = inputs[0];
        float[] y = new float[FloatTensor.Count(shape)];
        if (y.Length > 0) Evaluate(node.Operator, inputs, x, shape, y);
        return new FloatTensor(shape, y);
    }

    private static void Evaluate(Operator op, FloatTensor[] inputs, FloatTensor x, ImmutableArray<int> shape, float[] y)
    {
        switch (op)
        {
            case ConvolutionOperator convolution: FloatConvolution.Run(convolution, inputs, shape, y); break;
            case MatMulOperator: FloatProducts.MatMul(x, inputs[1], y); break;
            case BatchNormalizationOperator norm: FloatProducts.BatchNormalization(norm, inputs, y); break;
            case BinaryOperator binary: FloatElementwise.Binary(binary.Kind, x, inputs[1], shape, y); break;
            case UnaryOperator unary: FloatElementwise.Unary(unary.Kind, x.Data, y); break;
            case ClipOperator clip: FloatElementwise.Clip(clip, x.Data, y); break;
            case ChannelActivationOperator activation: FloatElementwise.Channels(activation, shape, x.Data, y); break;
            case LeakyReluOperator leaky: FloatElementwise.LeakyRelu(leaky.Slope, x.Data, y); break;
            case PReluOperator: FloatElementwise.PRelu(x, inputs[1], y); break;
            case MaxPoolOperator pool: FloatPooling.Max(pool, x, shape, y); break;
            case AveragePoolOperator pool: FloatPooling.Average(pool, x, shape, y); break;
            case ReduceOperator reduce: FloatReductions.Reduce(reduce, x, y); break;
            case SoftmaxOperator softmax: FloatReductions.Softmax(softmax, x, y); break;
            case ArgMaxOperator argMax: FloatReductions.ArgMax(argMax, x, y); break;
            case ConcatOperator concat: FloatRearrangement.Concat(concat.Axis, inputs, shape, y); break;
            case ReshapeOperator: x.Data.CopyTo(y, 0); break;
            case TransposeOperator transpose: FloatRearrangement.Transpose(transpose.Permutation, x, shape, y); break;
            case PadOperator pad: FloatRearrangement.Pad(pad, x, shape, y); break;
            case SliceOperator slice: FloatRearrangement.Slice(slice, x, shape, y); break;
            case GatherOperator gather: FloatRearrangement.Gather(gather, x, y); break;
            default: throw new ArgumentException($"{op.GetType().Name} is not known.", nameof(op));
        }
    }
}
