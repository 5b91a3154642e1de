using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>A model of shared/data with what it is fed and what ONNX Runtime answers.</summary>
/// <param name="Calibration">File of rows to calibrate on, never the tested ones except where there are no others.</param>
/// <param name="Test">File whose rows the expected outputs belong to.</param>
/// <param name="Expected">File name below expected/.</param>
/// <param name="FirstTestRow">Rows before it may serve calibration.</param>
public sealed record PublicModel(
    string Name, string[] Calibration, string[] Test, string Expected, InputCard Card, int FirstTestRow = 0)
{
    private static readonly string[] Digits = ["datasets", "mnist_train_images.idx3-ubyte.gz"];
    private static readonly string[] TestDigits = ["datasets", "mnist_t10k_even_images.idx3-ubyte.gz"];
    private static readonly string[] Pictures = ["datasets", "cifar10_jpeg_train.bin.gz"];
    private static readonly string[] TestPictures = ["datasets", "cifar10_jpeg_test.bin.gz"];
    private static readonly string[] Photos224 = ["images", "imagenet_224_u8_nchw_rgb.npy"];
    private static readonly string[] Photos128 = ["images", "imagenet_128_u8_nchw_rgb.npy"];

    private static readonly InputCard Raw = CardOf(1, [0], [1]);
    private static readonly InputCard ImageNetNormal = CardOf(1 / 255.0, [.485, .456, .406], [.229, .224, .225]);
    private static readonly InputCard Tensorflow = CardOf(1, [128], [128]);
    private static readonly InputCard Caffe = CardOf(1, [104, 117, 123], [1]) with { ChannelOrder = "bgr" };

    public static readonly ImmutableArray<PublicModel> DigitModels =
    [
        Digit("falcon_secureml_mnist", InputCard.None), Digit("falcon_minionn_mnist", InputCard.None),
        Digit("convnet_maxpool_mnist", InputCard.None), Digit("mnistfc_256x2", InputCard.None),
        Digit("mnist_cntk_opset7", Raw), Digit("cryptonets_mnist_square", CardOf(1 / 256.0, [0], [1])),
    ];

    public static readonly ImmutableArray<PublicModel> PictureModels =
    [
        Picture("cifar10_resnet20_native_bn", ImageNetNormal), Picture("cifar10_resnet20_native_fused", ImageNetNormal),
        Picture("cifar10_resnet20_convshortcut_bn", ImageNetNormal), Picture("cifar10_resnet20_convshortcut_fused", ImageNetNormal),
        Picture("cifar10_resnet32_native_bn", ImageNetNormal), Picture("delphi_minionn_cifar10_relu6", InputCard.None),
        Picture("delphi_minionn_cifar10_relu6_nchw", InputCard.None), Picture("mlperftiny_resnet8_cifar10", Raw),
        Picture("vnncomp_resnet_2b", CardOf(1 / 255.0, [.4914, .4822, .4465], [.2471, .2435, .2616])),
        Picture("oval21_cifar_base_kw", CardOf(1 / 255.0, [.485, .456, .406], [.225])), Picture("marabou_cifar10_small", InputCard.None),
    ];

    public static readonly ImmutableArray<PublicModel> PhotoModels =
    [
        Photo("imagenet_squeezenet1.1_logits_opset13", Photos224, Caffe), Photo("imagenet_squeezenet1.1_opset7_softmax", Photos224, Caffe),
        Photo("imagenet_mobilenet_v2_1.0_224", Photos224, Tensorflow), Photo("imagenet_mobilenet_v1_0.25_128", Photos128, Tensorflow),
        new("mlperftiny_vww_mobilenet_v1_0.25_96", ["images", "vww_96_u8_nchw_rgb.npy"],
            ["images", "vww_96_u8_nchw_rgb.npy"], "mlperftiny_vww_mobilenet_v1_0.25_96.logits.npy", InputCard.None, 8),
    ];

    public static readonly ImmutableArray<PublicModel> FeatureModels =
    [
        Features("iris_mlp_winml", "iris_x.npy", "iris_mlp_winml.logits.npy"),
        Features("mlperftiny_ad_autoencoder", "ad_synthetic_inputs.npy", "mlperftiny_ad_autoencoder.out.npy"),
        Features("acasxu/ACASXU_run2a_1_1_batch_2000", "acasxu_inputs.npy", "acasxu_1_1.out.npy"),
        Features("acasxu/ACASXU_run2a_1_5_batch_2000", "acasxu_inputs.npy", "acasxu_1_5.out.npy"),
    ];

    public static PublicModel Named(string name) =>
        DigitModels.Concat(PictureModels).Concat(PhotoModels).Concat(FeatureModels).Single(model => model.Name == name);

    public Graph Load() => OnnxImporter.Load(SharedData.Path("models", Name + ".onnx"));

    /// <summary>Inputs for rows of the calibration or test file.</summary>
    public FloatTensor[][] Rows(Graph graph, bool test, int first, int count)
    {
        SampleSet samples = SampleReader.Read(SharedData.Path(test ? Test : Calibration));
        ImmutableArray<int> shape = graph.Shapes[graph.Inputs[0]];
        return [.. Enumerable.Range(first, Math.Min(count, samples.Count - first)).Select(row => new[] { Preprocessing.Apply(samples, row, Card, shape) })];
    }

    public SampleSet ExpectedOutputs() => SampleReader.Read(SharedData.Path("expected", Expected));

    private static InputCard CardOf(double scale, ImmutableArray<double> mean, ImmutableArray<double> std) => new("rgb", scale, mean, std, "nchw", []);

    private static PublicModel Digit(string name, InputCard card) => new(name, Digits, TestDigits, name + ".logits.npy", card);

    private static PublicModel Picture(string name, InputCard card) => new(name, Pictures, TestPictures, name + ".logits.npy", card);

    private static PublicModel Photo(string name, string[] file, InputCard card) => new(name, file, file, name + ".logits.npy", card, 8);

    private static PublicModel Features(string name, string file, string expected) =>
        new(name, ["datasets", file], ["datasets", file], expected, InputCard.None);
}
