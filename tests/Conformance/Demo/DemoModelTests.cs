using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Tests;

namespace Blindsight.Conformance.Demo;

/// <summary>The demo's model and samples as they are committed.</summary>
public sealed class DemoModelTests
{
    private const int Rows = 1000;

    [Fact]
    public void All_twenty_samples_are_classified_as_labelled() =>
        Assert.Equal(20, Correct(Asset("digits-images.idx3-ubyte.gz"), Asset("digits-labels.idx1-ubyte.gz"), 20));

    /// <summary>The bar for the whole set is 98.5 %; every other test image up to row 1,998 is read here.</summary>
    [DataFact]
    public void The_accuracy_on_test_images_is_as_stated()
    {
        int correct = Correct(
            SharedData.Path("datasets", "mnist_t10k_even_images.idx3-ubyte.gz"),
            SharedData.Path("datasets", "mnist_t10k_even_labels.idx1-ubyte.gz"), Rows);
        Assert.InRange(correct, 985, Rows);
    }

    [Fact]
    public void Calibration_images_are_64_of_the_models_size()
    {
        SampleSet samples = SampleReader.Read(Asset("calibration-images.idx3-ubyte.gz"));
        Assert.Equal((64, 784), (samples.Count, samples.Elements));
    }

    private static int Correct(string imagesPath, string labelsPath, int rows)
    {
        Graph graph = OnnxImporter.Load(Asset("digits.onnx"));
        InputCard card = ModelCard.Read(Asset("digits.yaml"));
        Assert.Equal(10, card.Classes.Length);
        SampleSet samples = SampleReader.Read(imagesPath);
        int[] labels = SampleReader.ReadLabels(labelsPath);
        int correct = 0;
        for (int row = 0; row < rows; row++)
        {
            FloatTensor image = Preprocessing.Apply(samples, row, card, graph.Shapes[graph.Inputs[0]]);
            float[] logits = FloatReference.Run(graph, [image])[0].Data;
            if (Array.IndexOf(logits, logits.Max()) == labels[row]) correct++;
        }
        return correct;
    }

    private static string Asset(string name)
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !Directory.Exists(Path.Combine(at.FullName, "assets", "demo"))) at = at.Parent;
        return Path.Combine(at?.FullName ?? "", "assets", "demo", name);
    }
}
