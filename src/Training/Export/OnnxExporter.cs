using Blindsight.Training.Activations;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;
using Google.Protobuf;
using Onnx;

namespace Blindsight.Training.Export;

/// <summary>
/// Writes a network as an ONNX model of standard operators (opset 13, IR version 7): one node a layer, but two for constant
/// factors and summands, and Flatten before a dense layer on images. Input "image" [batch, channels, height, width], or
/// [batch, features] for vectors; output "logits" [batch, classes]; the batch is left open. The same network gives the
/// same bytes.
/// </summary>
public static class OnnxExporter
{
    private const int OpsetVersion = 13;
    private const int IrVersion = 7;

    /// <summary>Writes the model to a stream.</summary>
    /// <param name="name">The graph's name.</param>
    public static void Write(Network network, string name, Stream stream) => Model(network, name).WriteTo(stream);

    /// <summary>The model as a message.</summary>
    internal static ModelProto Model(Network network, string name)
    {
        GraphWriter graph = new(name);
        graph.Declare(graph.Graph.Input, "image", network.InputShape);
        string[] values = ["image", .. network.Nodes.Select((_, index) => index == network.Nodes.Count - 1 ? "logits" : $"value{index + 1}")];
        for (int index = 0; index < network.Nodes.Count; index++)
        {
            NetworkNode node = network.Nodes[index];
            Append(graph, node.Layer, [.. node.Inputs.Select(value => values[value])], values[index + 1]);
        }
        graph.Declare(graph.Graph.Output, "logits", network.OutputShape);
        return new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "Blindsight",
            Graph = graph.Graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = OpsetVersion } },
        };
    }

    private static void Append(GraphWriter graph, Layer layer, string[] inputs, string output)
    {
        switch (layer)
        {
            case ConvolutionLayer convolution:
                AppendConvolution(graph, convolution, inputs[0], output);
                break;
            case DenseLayer dense:
                AppendDense(graph, dense, inputs[0], output);
                break;
            case BatchNormLayer norm:
                string[] statistics = [.. norm.Parameters.Select(parameter => graph.Constant(output, parameter, parameter.Values.Length))];
                graph.Node("BatchNormalization", [inputs[0], .. statistics], output).Attribute("epsilon", norm.Epsilon);
                break;
            case RectifierLayer { Slope: 0 }:
                graph.Node("Relu", inputs, output);
                break;
            case RectifierLayer leaky:
                graph.Node("LeakyRelu", inputs, output).Attribute("alpha", leaky.Slope);
                break;
            case ParametricRectifierLayer rectifier:
                string slopes = graph.Constant(output, rectifier.Slopes, ChannelShape(rectifier.OutputShape));
                graph.Node("PRelu", [inputs[0], slopes], output);
                break;
            case ClipLayer clip:
                ActivationExport.AppendClip(graph, clip.Low, clip.High, inputs[0], output);
                break;
            case ChannelActivationLayer activation:
                ActivationExport.Append(graph, activation, inputs[0], output, ChannelShape(activation.OutputShape));
                break;
            case SquareLayer:
                graph.Node("Mul", [inputs[0], inputs[0]], output);
                break;
            case ConstantAffineLayer affine:
                int[] channels = ChannelShape(affine.OutputShape);
                graph.Node("Mul", [inputs[0], graph.Constant(output, affine.Scale, channels)], output + ".scaled");
                graph.Node("Add", [output + ".scaled", graph.Constant(output, affine.Offset, channels)], output);
                break;
            case ReshapeLayer { OutputShape.IsVector: true }:
                graph.Node("Flatten", inputs, output).Attribute("axis", 1);
                break;
            case ReshapeLayer { OutputShape: var shape }:
                string sizes = graph.Constant($"{output}.shape", 0, shape.Channels, shape.Height, shape.Width);
                graph.Node("Reshape", [inputs[0], sizes], output);
                break;
            case RegionLayer region:
                RegionExport.Append(graph, region, inputs[0], output);
                break;
            case MaxPoolLayer pool:
                graph.Node("MaxPool", inputs, output).Window(pool.Geometry);
                break;
            case AveragePoolLayer pool:
                NodeWriter average = graph.Node("AveragePool", inputs, output).Window(pool.Geometry);
                if (pool.IncludePad) average.Attribute("count_include_pad", 1);
                break;
            case AddLayer:
                graph.Node(inputs.Length == 2 ? "Add" : "Sum", inputs, output);
                break;
            case ConcatenationLayer:
                graph.Node("Concat", inputs, output).Attribute("axis", 1);
                break;
            default:
                throw new ArgumentException($"A layer '{layer.Describe()}' has no ONNX operator.");
        }
    }

    /// <summary>The shape of one number a channel that broadcasts over rows and columns.</summary>
    private static int[] ChannelShape(FeatureShape shape) => shape.IsVector ? [shape.Channels] : [shape.Channels, 1, 1];

    private static void AppendConvolution(GraphWriter graph, ConvolutionLayer layer, string input, string output)
    {
        Arithmetic.Tensors.ConvolutionGeometry geometry = layer.Geometry;
        List<string> inputs =
        [
            input,
            graph.Constant(
                output, layer.Weights, geometry.OutChannels, geometry.InChannels / geometry.Groups, geometry.KernelHeight,
                geometry.KernelWidth),
        ];
        if (layer.Bias is not null) inputs.Add(graph.Constant(output, layer.Bias, geometry.OutChannels));
        graph.Node("Conv", inputs, output)
            .Attribute("kernel_shape", [geometry.KernelHeight, geometry.KernelWidth])
            .Attribute("strides", [geometry.StrideHeight, geometry.StrideWidth])
            .Attribute("dilations", [geometry.DilationHeight, geometry.DilationWidth])
            .Attribute("pads", [geometry.PadTop, geometry.PadLeft, geometry.PadBottom, geometry.PadRight])
            .Attribute("group", geometry.Groups);
    }

    private static void AppendDense(GraphWriter graph, DenseLayer layer, string input, string output)
    {
        string features = input;
        if (!layer.InputShape.IsVector)
        {
            features = output + ".flat";
            graph.Node("Flatten", [input], features).Attribute("axis", 1);
        }
        List<string> inputs =
            [features, graph.Constant(output, layer.Weights, layer.OutputShape.Elements, layer.InputShape.Elements)];
        if (layer.Bias is not null) inputs.Add(graph.Constant(output, layer.Bias, layer.OutputShape.Elements));
        graph.Node("Gemm", inputs, output).Attribute("transB", 1);
    }
}
