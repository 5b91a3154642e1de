using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>Convolutions, products with constant matrices, and batch normalisation.</summary>
internal static class LinearImport
{
    public static void Convolution(NetworkImport import, Node node, ConvolutionOperator convolution)
    {
        FloatTensor weights = import.Constant(node, 1);
        FloatTensor? bias = node.Inputs.Length > 2 ? import.Constant(node, 2) : null;
        if (weights.Shape.Length != 4) throw NetworkImport.Refuse(node, $"convolves {weights.Shape.Length - 2} axes, 2 can be trained");
        FeatureShape image = import.ShapeOf(node, node.Inputs[0]);
        ConvolutionLayer layer = new(
            new ConvolutionGeometry
            {
                InChannels = image.Channels, InHeight = image.Height, InWidth = image.Width, OutChannels = weights.Shape[0],
                KernelHeight = weights.Shape[2], KernelWidth = weights.Shape[3],
                StrideHeight = convolution.Strides[0], StrideWidth = convolution.Strides[1],
                DilationHeight = convolution.Dilations[0], DilationWidth = convolution.Dilations[1],
                PadTop = convolution.Pads[0], PadLeft = convolution.Pads[1],
                PadBottom = convolution.Pads[2], PadRight = convolution.Pads[3],
                Groups = convolution.Groups,
            },
            bias is not null);
        weights.Data.CopyTo(layer.Weights.Values, 0);
        bias?.Data.CopyTo(layer.Bias!.Values, 0);
        import.Append(node, layer, import.Value(node, 0));
    }

    /// <summary>x W for a constant matrix W; x is one row, however its elements were shaped before.</summary>
    public static void Dense(NetworkImport import, Node node)
    {
        FloatTensor matrix = import.Constant(node, 1);
        if (import.Shape(node.Inputs[0]) is not [1, _] || matrix.Shape is not [int inputs, int outputs])
            throw NetworkImport.Refuse(node, "multiplies more than a vector of features by a constant matrix");
        int value = import.Elements(node, 0);
        DenseLayer layer = new(import.Builder.ShapeOf(value), outputs, hasBias: false);
        for (int output = 0; output < outputs; output++)
            for (int input = 0; input < inputs; input++)
                layer.Weights.Values[output * inputs + input] = matrix.Data[input * outputs + output];
        import.Append(node, layer, value);
    }

    public static void BatchNorm(NetworkImport import, Node node, BatchNormalizationOperator norm)
    {
        int value = import.Value(node, 0);
        BatchNormLayer layer = new(import.Builder.ShapeOf(value), norm.Epsilon);
        for (int i = 0; i < layer.Parameters.Count; i++) import.Constant(node, i + 1).Data.CopyTo(layer.Parameters[i].Values, 0);
        import.Append(node, layer, value);
    }
}
