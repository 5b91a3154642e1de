using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Harness;
using Blindsight.Tests;
using Blindsight.Training;
using Blindsight.Training.Data;
using Blindsight.Training.Networks;

namespace Blindsight.Conformance.Demo;

/// <summary>Sonic's networks as they are committed.</summary>
public sealed class SonicModelTests
{
    /// <summary>To within the rounding of other vector widths.</summary>
    [DataTheory]
    [InlineData("m1", "mnist", 4944, 5000)]
    [InlineData("m2", "mnist", 4973, 5000)]
    [InlineData("c1", "imagenet", 1476, 2000)]
    [InlineData("c2", "imagenet", 1576, 2000)]
    public void The_accuracy_on_test_images_is_as_stated(string name, string card, int correct, int images)
    {
        bool digits = card == "mnist";
        Network network = NetworkImporter.Import(OnnxImporter.Load(CommittedAssets.File("sonic", name + ".onnx")));
        LabelledImages samples = LabelledImages.Read(
            SharedData.Path("datasets", digits ? "mnist_t10k_even_images.idx3-ubyte.gz" : "cifar10_jpeg_test.bin.gz"),
            digits ? SharedData.Path("datasets", "mnist_t10k_even_labels.idx1-ubyte.gz") : null, 10,
            ModelCard.Read(CommittedAssets.File("networks", card + ".yaml")));
        Assert.Equal(images, samples.Count);
        Assert.InRange(Accuracy.Correct(network, samples, threads: 2), correct - 2, correct + 2);
    }
}
