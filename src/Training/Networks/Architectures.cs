using Blindsight.Arithmetic;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>The networks that can be trained by name.</summary>
public static class Architectures
{
    private sealed record Architecture(string Name, string Summary, Action<NetworkBuilder, int> Build);

    private static readonly Architecture[] All =
    [
        new("digits", "the demo's: two convolutions, max-pool, two dense layers", (builder, classes) => builder
            .Convolution(8, kernel: 5, stride: 2, bias: false).BatchNorm().Relu()
            .Convolution(16, kernel: 5, bias: false).BatchNorm().MaxPool(2).Relu()
            .Dense(64, bias: false).BatchNorm().Relu()
            .Dense(classes)),
        new("m1", "Sonic's M1: dense 128, 128", (builder, classes) => builder
            .Dense(128, bias: false).BatchNorm().Relu()
            .Dense(128, bias: false).BatchNorm().Relu()
            .Dense(classes)),
        new("m2", "Sonic's M2: two convolutions with max-pool, dense 100", (builder, classes) => builder
            .Convolution(16, kernel: 5).MaxPool(2).Relu()
            .Convolution(16, kernel: 5).MaxPool(2).Relu()
            .Dense(100).Relu()
            .Dense(classes)),
        new("lenet5", "LeNet-5 with ReLU and max-pool, dense 500", (builder, classes) => builder
            .Convolution(20, kernel: 5).MaxPool(2).Relu()
            .Convolution(50, kernel: 5).MaxPool(2).Relu()
            .Dense(500).Relu()
            .Dense(classes)),
        new("cryptonets", "CryptoNets' with batch norm: a convolution, dense 100, squares as activations", (builder, classes) => builder
            .Convolution(5, kernel: 5, stride: 2).BatchNorm().Square()
            .Dense(100).BatchNorm().Square()
            .Dense(classes)),
        new("c1", "Sonic's C1: seven convolutions of 64 channels, the last of 16, max-pool", NamedLayers.C1),
        new("c2", "Sonic's C2: nine convolutions of 16 to 64 channels, max-pool", NamedLayers.C2),
        new("minionn", "MiniONN's for CIFAR-10: seven convolutions of 64 channels, the last of 16, average-pool", NamedLayers.MiniOnn),
        new("resnet20", "He et al.'s ResNet-20, with 1x1 convolutions as shortcuts where shapes change", NamedLayers.ResNet20),
    ];

    /// <summary>Every name with a few words on it.</summary>
    public static IEnumerable<(string Name, string Summary)> Names => All.Select(item => (item.Name, item.Summary));

    /// <summary>The named network with weights drawn from <paramref name="seed"/>.</summary>
    /// <exception cref="ParameterException">There is no such name, or the images are too small for the network.</exception>
    public static Network Create(string name, FeatureShape input, int classes, ulong seed)
    {
        Architecture architecture = All.FirstOrDefault(item => item.Name == name)
            ?? throw new ParameterException(
                $"There is no architecture '{name}'; there are {string.Join(", ", All.Select(item => item.Name))}.");
        NetworkBuilder builder = new(input);
        try
        {
            architecture.Build(builder, classes);
        }
        catch (ArgumentException mismatch)
        {
            throw new ParameterException($"Architecture '{name}' does not fit images of {input}: {mismatch.Message}");
        }
        return builder.Build(seed);
    }
}
