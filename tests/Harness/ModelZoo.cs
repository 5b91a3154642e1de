using System.Collections.Immutable;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>The models of shared/data: which rows they are run on, how these are prepared, and where the expected outputs are.</summary>
public static class ModelZoo
{
    public const string MnistImages = "datasets/mnist_t10k_even_images.idx3-ubyte.gz";
    public const string MnistLabels = "datasets/mnist_t10k_even_labels.idx1-ubyte.gz";
    public const string CifarTest = "datasets/cifar10_jpeg_test.bin.gz";
    public const string CifarLossless = "datasets/cifar10_lossless_eran100.bin.gz";
    private const string ImageNet224 = "images/imagenet_224_u8_nchw_rgb.npy", ImageNetLabels = "images/imagenet_labels.csv";

    private static readonly ImmutableArray<double> ImageNetMean = [0.485, 0.456, 0.406];

    public static ImmutableArray<ZooModel> All { get; } =
    [
        Mnist("falcon_secureml_mnist", Scaled(1.0 / 255)),
        Mnist("falcon_minionn_mnist", Scaled(1.0 / 255)),
        Mnist("convnet_maxpool_mnist", Scaled(1.0 / 255)),
        Mnist("mnistfc_256x2", Scaled(1.0 / 255)),
        Mnist("mnist_cntk_opset7", Scaled(1)),
        Mnist("cryptonets_mnist_square", Scaled(1.0 / 256)),
        Cifar("cifar10_resnet20_native_bn", Normalised(ImageNetMean, [0.229, 0.224, 0.225])),
        Cifar("cifar10_resnet20_native_fused", Normalised(ImageNetMean, [0.229, 0.224, 0.225])),
        Cifar("cifar10_resnet20_convshortcut_bn", Normalised(ImageNetMean, [0.229, 0.224, 0.225])),
        Cifar("cifar10_resnet20_convshortcut_fused", Normalised(ImageNetMean, [0.229, 0.224, 0.225])),
        Cifar("cifar10_resnet32_native_bn", Normalised(ImageNetMean, [0.229, 0.224, 0.225])),
        Cifar("delphi_minionn_cifar10_relu6", Scaled(1.0 / 255)),
        Cifar("delphi_minionn_cifar10_relu6_nchw", Scaled(1.0 / 255)),
        Cifar("mlperftiny_resnet8_cifar10", Scaled(1)),
        Cifar("vnncomp_resnet_2b", Normalised([0.4914, 0.4822, 0.4465], [0.2471, 0.2435, 0.2616])),
        Cifar("oval21_cifar_base_kw", Normalised(ImageNetMean, [0.225])),
        Cifar("marabou_cifar10_small", Scaled(1.0 / 255) with { Layout = "nhwc" }),
        SqueezeNet("imagenet_squeezenet1.1_logits_opset13", "imagenet_squeezenet1.1_logits_opset13"),
        SqueezeNet("imagenet_squeezenet1.1_opset7_softmax", "imagenet_squeezenet1.1_opset7_softmax"),
        SqueezeNet("imagenet_squeezenet1.1_fp16_original", null),
        MobileNet("imagenet_mobilenet_v2_1.0_224", ImageNet224),
        MobileNet("imagenet_mobilenet_v1_0.25_128", "images/imagenet_128_u8_nchw_rgb.npy"),
        new("mlperftiny_vww_mobilenet_v1_0.25_96", Scaled(1.0 / 255), "images/vww_96_u8_nchw_rgb.npy", "images/vww_labels.npy",
            Logits("mlperftiny_vww_mobilenet_v1_0.25_96")),
        new("mlperftiny_ad_autoencoder", InputCard.None, "datasets/ad_synthetic_inputs.npy", null, "expected/mlperftiny_ad_autoencoder.out.npy"),
        new("iris_mlp_winml", InputCard.None, "datasets/iris_x.npy", "datasets/iris_y.npy", Logits("iris_mlp_winml")),
        .. Enumerable.Range(1, 9).Select(AcasXu),
    ];

    public static ZooModel Named(string name) => All.Single(model => model.Name == name);

    private static ZooModel Mnist(string name, InputCard card) => new(name, card, MnistImages, MnistLabels, Logits(name));

    private static ZooModel Cifar(string name, InputCard card) => new(name, card, CifarTest, CifarTest, Logits(name));

    private static ZooModel SqueezeNet(string name, string? expected) =>
        new(name, new InputCard("bgr", 1, [104, 117, 123], [1], "nchw", []), ImageNet224, ImageNetLabels,
            expected is null ? null : Logits(expected));

    private static ZooModel MobileNet(string name, string images) =>
        new(name, new InputCard("rgb", 1, [128], [128], "nchw", []), images, ImageNetLabels, Logits(name), LabelOffset: 1);

    private static ZooModel AcasXu(int number) => new($"acasxu/ACASXU_run2a_1_{number}_batch_2000", InputCard.None,
        "datasets/acasxu_inputs.npy", null, number is 1 or 5 ? $"expected/acasxu_1_{number}.out.npy" : null);

    private static string Logits(string name) => $"expected/{name}.logits.npy";

    private static InputCard Scaled(double scale) => new("rgb", scale, [0], [1], "nchw", []);

    private static InputCard Normalised(ImmutableArray<double> mean, ImmutableArray<double> std) => new("rgb", 1.0 / 255, mean, std, "nchw", []);
}
