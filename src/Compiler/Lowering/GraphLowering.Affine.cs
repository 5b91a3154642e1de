using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Lowering;

/// <summary>Element-wise operators: constants become scales and biases, sums of activations become linear layers.</summary>
internal sealed partial class GraphLowering
{
    private int Binary(Node node, BinaryKind kind)
    {
        if (IsConstant(node, 1)) return WithConstant(node, kind, Input(node, 0), Constant(node, 1), constantFirst: false);
        if (IsConstant(node, 0)) return WithConstant(node, kind, Input(node, 1), Constant(node, 0), constantFirst: true);
        int a = Input(node, 0), b = Input(node, 1);
        if (kind == BinaryKind.Mul && node.Inputs[0] == node.Inputs[1]) return Square(node, a);
        if (kind is not (BinaryKind.Add or BinaryKind.Sub)) throw Refuse(node, "combines two activations");
        int elements = Elements(node.Output);
        if (_network[a].Elements != elements || _network[b].Elements != elements)
            throw Refuse(node, "broadcasts an activation");
        int channels = Channels(_graph.Shapes[node.Output]);
        FloatTerm second = kind == BinaryKind.Add ? new IdentityFloatTerm(b)
            : ConvolutionFloatTerm.Diagonal(b, elements, [.. Enumerable.Repeat(-1f, channels)]);
        return _network.Add(node.Output, ShapeOf(node.Output),
            id => new LinearLayer(node.Name, [new IdentityFloatTerm(a), second], new float[channels], id));
    }

    private int WithConstant(Node node, BinaryKind kind, int x, FloatTensor constant, bool constantFirst)
    {
        if (_network[x].Elements != Elements(node.Output)) throw Refuse(node, "broadcasts an activation");
        float[] values = Broadcast(node, constant);
        float[] zero = Filled(node, 0), one = Filled(node, 1);
        return (kind, constantFirst) switch
        {
            (BinaryKind.Add, _) => Affine(node, x, one, values),
            (BinaryKind.Mul, _) => Affine(node, x, values, zero),
            (BinaryKind.Sub, false) => Affine(node, x, one, Array.ConvertAll(values, value => -value)),
            (BinaryKind.Sub, true) => Affine(node, x, Filled(node, -1), values),
            (BinaryKind.Div, false) => Affine(node, x, Array.ConvertAll(values, value => 1 / value), zero),
            (BinaryKind.Max, _) => Clamp(node, x, Scalar(node, values), float.PositiveInfinity),
            (BinaryKind.Min, _) => Clamp(node, x, float.NegativeInfinity, Scalar(node, values)),
            (BinaryKind.Pow, false) when Scalar(node, values) == 2 => Square(node, x),
            (BinaryKind.Pow, false) when Scalar(node, values) == 1 => x,
            _ => throw Refuse(node, "is not linear in its activation"),
        };
    }

    private int BatchNormalization(Node node, BatchNormalizationOperator batchNorm)
    {
        float[] scale = Constant(node, 1).Data, bias = Constant(node, 2).Data;
        float[] mean = Constant(node, 3).Data, variance = Constant(node, 4).Data;
        ImmutableArray<int> shape = _graph.Shapes[node.Output];
        int elements = Elements(node.Output), channels = scale.Length;
        RequireOneRow(node);
        if (shape.Length < 2 || shape[1] != channels) throw Refuse(node, "normalises another axis than 1");
        float[] factor = new float[channels], shift = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            double slope = scale[c] / Math.Sqrt((double)variance[c] + batchNorm.Epsilon);
            factor[c] = (float)slope;
            shift[c] = (float)(bias[c] - mean[c] * slope);
        }
        return AddAffine(node, Input(node, 0), elements, factor, shift);
    }

    /// <summary>scale * x + shift, both given for every element of the output.</summary>
    private int Affine(Node node, int x, float[] scale, float[] shift)
    {
        foreach (float value in scale.Concat(shift))
            if (!float.IsFinite(value)) throw Refuse(node, "has a constant that is not finite");
        ImmutableArray<int> shape = _graph.Shapes[node.Output];
        int channels = Math.Max(PerChannel(shape, scale).Length, PerChannel(shape, shift).Length);
        return AddAffine(node, x, scale.Length, Group(scale, channels), Group(shift, channels));
    }

    private int AddAffine(Node node, int x, int elements, float[] scale, float[] shift)
    {
        FloatTerm term = Array.TrueForAll(scale, value => value == 1)
            ? new IdentityFloatTerm(x) : ConvolutionFloatTerm.Diagonal(x, elements, scale);
        return _network.Add(node.Output, ShapeOf(node.Output), id => new LinearLayer(node.Name, [term], shift, id));
    }

    /// <summary>Channels of a tensor: axis 1 after the batch; all elements where there is no batch.</summary>
    private static int Channels(ImmutableArray<int> shape) =>
        shape.Length >= 2 && shape[0] == 1 ? shape[1] : FloatTensor.Count(shape);

    /// <summary>One number a channel where all elements of a channel agree, else one an element.</summary>
    private static float[] PerChannel(ImmutableArray<int> shape, float[] elements)
    {
        int channels = Channels(shape), positions = elements.Length / channels;
        for (int i = 0; i < elements.Length; i++)
            if (elements[i] != elements[i / positions * positions]) return elements;
        return Group(elements, channels);
    }

    private static float[] Group(float[] elements, int channels) =>
        [.. Enumerable.Range(0, channels).Select(channel => elements[channel * (elements.Length / channels)])];

    private float[] Filled(Node node, float value) => [.. Enumerable.Repeat(value, Elements(node.Output))];

    private static float Scalar(Node node, float[] values) =>
        Array.TrueForAll(values, value => value == values[0]) ? values[0] : throw Refuse(node, "needs one constant for all elements");

    /// <summary>A constant for every element of the node's output.</summary>
    private float[] Broadcast(Node node, FloatTensor constant)
    {
        ImmutableArray<int> shape = _graph.Shapes[node.Output];
        if (constant.Shape.Length > shape.Length && constant.Data.Length > 1) throw Refuse(node, "broadcasts an activation");
        float[] values = new float[FloatTensor.Count(shape)];
        int[] index = new int[shape.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int at = 0;
            for (int axis = Math.Max(0, shape.Length - constant.Shape.Length); axis < shape.Length; axis++)
            {
                int size = constant.Data.Length == 1 ? 1 : constant.Shape[axis - shape.Length + constant.Shape.Length];
                at = at * size + (size == 1 ? 0 : index[axis]);
            }
            values[i] = constant.Data[at];
            for (int axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
        }
        return values;
    }
}
