using Blindsight.Training.Export;
using Blindsight.Training.Tensors;
using Onnx;
using static Onnx.TensorProto.Types;

namespace Blindsight.Training.Synthesis;

/// <summary>
/// DenseNet-121 for 224 x 224 images as a topology without weights. Source: Huang et al., Densely Connected Convolutional Networks
/// (2017), table 1: growth 32, bottlenecks of 128 channels, blocks of 6, 12, 24 and 16 layers, transitions that halve the channels.
/// </summary>
internal sealed class DenseNet
{
    public const string Name121 = "densenet121", Summary121 = "DenseNet-121, 3 x 224 x 224 to 1,000 classes";

    private const int OpsetVersion = 13, IrVersion = 7, Growth = 32, Bottleneck = 4 * Growth, StemChannels = 64, ImageSize = 224;
    private const float Epsilon = 1e-5f;

    private readonly GraphWriter _writer = new(Name121);

    private DenseNet() { }

    /// <summary>The topology; its weights have shapes and no data.</summary>
    public static ModelProto Create121() => new DenseNet().Build([6, 12, 24, 16], classes: 1000);

    private ModelProto Build(int[] blocks, int classes)
    {
        _writer.Declare(_writer.Graph.Input, "image", new FeatureShape(3, ImageSize, ImageSize));
        string x = Convolution("stem", "image", 3, StemChannels, 7, stride: 2);
        x = Rectified("stem", x, StemChannels);
        _writer.Node("MaxPool", [x], "stem.pool").Attribute("kernel_shape", [3, 3]).Attribute("strides", [2, 2]).Attribute("pads", [1, 1, 1, 1]);
        x = "stem.pool";
        int channels = StemChannels;
        for (int block = 0; block < blocks.Length; block++)
        {
            (x, channels) = Block($"block{block + 1}", x, channels, blocks[block]);
            if (block + 1 < blocks.Length) (x, channels) = Transition($"transition{block + 1}", x, channels);
        }
        x = Rectified("head", x, channels);
        _writer.Node("GlobalAveragePool", [x], "head.pool");
        _writer.Node("Flatten", ["head.pool"], "head.flat").Attribute("axis", 1);
        _writer.Node("Gemm", ["head.flat", Shape("classifier.weights", classes, channels), Shape("classifier.bias", classes)], "logits").Attribute("transB", 1);
        _writer.Declare(_writer.Graph.Output, "logits", FeatureShape.Vector(classes));
        return new ModelProto
        {
            IrVersion = IrVersion, Graph = _writer.Graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = OpsetVersion } },
        };
    }

    private (string Output, int Channels) Block(string name, string input, int channels, int layers)
    {
        string x = input;
        for (int layer = 1; layer <= layers; layer++, channels += Growth)
        {
            string at = $"{name}.{layer}";
            string narrow = Convolution($"{at}.narrow", Rectified($"{at}.in", x, channels), channels, Bottleneck, 1);
            string grown = Convolution($"{at}.grow", Rectified($"{at}.mid", narrow, Bottleneck), Bottleneck, Growth, 3);
            _writer.Node("Concat", [x, grown], $"{at}.out").Attribute("axis", 1);
            x = $"{at}.out";
        }
        return (x, channels);
    }

    private (string Output, int Channels) Transition(string name, string input, int channels)
    {
        string x = Convolution(name, Rectified($"{name}.in", input, channels), channels, channels / 2, 1);
        _writer.Node("AveragePool", [x], $"{name}.pool").Attribute("kernel_shape", [2, 2]).Attribute("strides", [2, 2]);
        return ($"{name}.pool", channels / 2);
    }

    private string Convolution(string name, string input, int inChannels, int outChannels, int kernel, int stride = 1)
    {
        int pad = kernel / 2;
        _writer.Node("Conv", [input, Shape($"{name}.weights", outChannels, inChannels, kernel, kernel)], $"{name}.conv")
            .Attribute("kernel_shape", [kernel, kernel]).Attribute("strides", [stride, stride]).Attribute("pads", [pad, pad, pad, pad]);
        return $"{name}.conv";
    }

    private string Rectified(string name, string input, int channels)
    {
        string[] statistics = ["scale", "bias", "mean", "variance"];
        _writer.Node("BatchNormalization", [input, .. statistics.Select(part => Shape($"{name}.{part}", channels))], $"{name}.norm")
            .Attribute("epsilon", Epsilon);
        _writer.Node("Relu", [$"{name}.norm"], $"{name}.relu");
        return $"{name}.relu";
    }

    /// <summary>Adds an initialiser that has a shape and no data yet.</summary>
    private string Shape(string name, params int[] sizes)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)DataType.Float };
        tensor.Dims.AddRange(sizes.Select(size => (long)size));
        _writer.Graph.Initializer.Add(tensor);
        return name;
    }
}
