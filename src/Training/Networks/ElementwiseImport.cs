using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Training.Activations;
using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>Activations, sums of two values, and arithmetic with constants that are one number a channel.</summary>
internal static class ElementwiseImport
{
    public static void Unary(NetworkImport import, Node node, UnaryKind kind)
    {
        int value = import.Value(node, 0);
        FeatureShape shape = import.Builder.ShapeOf(value);
        switch (kind)
        {
            case UnaryKind.Relu: import.Append(node, new RectifierLayer(shape), value); break;
            case UnaryKind.Square: import.Append(node, new SquareLayer(shape), value); break;
            case UnaryKind.Negate: Affine(import, node, value, _ => -1, _ => 0); break;
            default: throw NetworkImport.Refuse(node, "the trainer has no layer for it");
        }
    }

    public static void Clip(NetworkImport import, Node node, ClipOperator clip)
    {
        int value = import.Value(node, 0);
        FeatureShape shape = import.Builder.ShapeOf(value);
        bool isRelu = clip.Low == 0 && float.IsPositiveInfinity(clip.High);
        import.Append(node, isRelu ? new RectifierLayer(shape) : new ClipLayer(shape, clip.Low, clip.High), value);
    }

    public static void Channels(NetworkImport import, Node node, ChannelActivationOperator activation)
    {
        int value = import.Value(node, 0);
        ChannelActivationLayer layer = new(import.Builder.ShapeOf(value), activation.Low, activation.High, ActivationSource.Other);
        for (int channel = 0; channel < activation.Channels.Length; channel++)
            if (activation.Channels[channel] is { IsClamp: false } f)
                layer.Replace(channel, (ActivationKind)f.Degree, [f.C0, f.C1, f.C2, f.C3], float.PositiveInfinity);
        layer.Settle();
        import.Append(node, layer, value);
    }

    public static void LeakyRelu(NetworkImport import, Node node, LeakyReluOperator leaky)
    {
        int value = import.Value(node, 0);
        import.Append(node, new RectifierLayer(import.Builder.ShapeOf(value), leaky.Slope), value);
    }

    public static void ParametricRelu(NetworkImport import, Node node)
    {
        int value = import.Value(node, 0);
        ParametricRectifierLayer layer = new(import.Builder.ShapeOf(value));
        PerChannel(import, node, 1, layer.OutputShape).CopyTo(layer.Slopes.Values, 0);
        import.Append(node, layer, value);
    }

    public static void Binary(NetworkImport import, Node node, BinaryKind kind)
    {
        bool isLeftConstant = import.Constant(node.Inputs[0]) is not null;
        if (!isLeftConstant && import.Constant(node.Inputs[1]) is null)
        {
            Sum(import, node, kind);
            return;
        }
        int value = import.Value(node, isLeftConstant ? 1 : 0);
        float[] constants = PerChannel(import, node, isLeftConstant ? 0 : 1, import.Builder.ShapeOf(value));
        switch (kind)
        {
            case BinaryKind.Add when TryBias(import, node, node.Inputs[isLeftConstant ? 1 : 0], value, constants): break;
            case BinaryKind.Add: Affine(import, node, value, _ => 1, channel => constants[channel]); break;
            case BinaryKind.Sub when isLeftConstant: Affine(import, node, value, _ => -1, channel => constants[channel]); break;
            case BinaryKind.Sub: Affine(import, node, value, _ => 1, channel => -constants[channel]); break;
            case BinaryKind.Mul: Affine(import, node, value, channel => constants[channel], _ => 0); break;
            case BinaryKind.Div when !isLeftConstant: Affine(import, node, value, channel => 1 / constants[channel], _ => 0); break;
            default: throw NetworkImport.Refuse(node, $"{kind} with a constant: the trainer has no layer for it");
        }
    }

    private static void Sum(NetworkImport import, Node node, BinaryKind kind)
    {
        int left = import.Value(node, 0), right = import.Value(node, 1);
        FeatureShape shape = import.Builder.ShapeOf(left);
        if (kind != BinaryKind.Add || import.Builder.ShapeOf(right) != shape)
            throw NetworkImport.Refuse(node, "of operators on two values, sums of equal shapes can be trained");
        import.Append(node, new AddLayer(shape), left, right);
    }

    /// <summary>Gives the constants to the linear layer before them as its bias, if it has none and nothing else reads it.</summary>
    private static bool TryBias(NetworkImport import, Node node, string input, int value, float[] constants)
    {
        if (!import.IsReadOnce(input)) return false;
        Layer? biased = import.Builder.LayerOf(value) switch
        {
            DenseLayer { Bias: null } dense => dense.WithBias(constants),
            ConvolutionLayer { Bias: null } convolution => convolution.WithBias(constants),
            _ => null,
        };
        if (biased is null) return false;
        import.Builder.Replace(value, biased);
        import.Define(node, value);
        return true;
    }

    /// <summary>Appends x * scale + offset, or lets the constant layer before it do that too.</summary>
    private static void Affine(NetworkImport import, Node node, int value, Func<int, float> scale, Func<int, float> offset)
    {
        FeatureShape shape = import.Builder.ShapeOf(value);
        float[] scales = [.. Enumerable.Range(0, shape.Channels).Select(scale)];
        float[] offsets = [.. Enumerable.Range(0, shape.Channels).Select(offset)];
        string input = node.Inputs.First(name => import.Constant(name) is null);
        if (!import.IsReadOnce(input) || import.Builder.LayerOf(value) is not ConstantAffineLayer before)
        {
            import.Append(node, new ConstantAffineLayer(shape, scales, offsets), value);
            return;
        }
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            offsets[channel] += scales[channel] * before.Offset.Values[channel];
            scales[channel] *= before.Scale.Values[channel];
        }
        import.Builder.Replace(value, new ConstantAffineLayer(shape, scales, offsets));
        import.Define(node, value);
    }

    /// <summary>A constant that is one number, or one a channel, broadcast to all channels.</summary>
    private static float[] PerChannel(NetworkImport import, Node node, int index, FeatureShape shape)
    {
        FloatTensor constant = import.Constant(node, index);
        if (constant.Data.Length == 1) return [.. Enumerable.Repeat(constant.Data[0], shape.Channels)];
        ImmutableArray<int> output = import.Shape(node.Output);
        int channelsAt = constant.Shape.Length - (output.Length - 1);
        if (constant.Data.Length == shape.Channels && channelsAt >= 0 && constant.Shape[channelsAt] == shape.Channels) return constant.Data;
        throw NetworkImport.Refuse(
            node, $"has a constant of shape [{string.Join(", ", constant.Shape)}]; one number, or one a channel, can be trained");
    }
}
