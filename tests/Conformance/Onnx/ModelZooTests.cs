using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Onnx;

public class ModelZooTests(ITestOutputHelper output)
{
    /// <summary>Rows compared of small models and of those with ImageNet-sized inputs.</summary>
    private const int Rows = 16, LargeRows = 3, LargeInput = 100_000;

    public static TheoryData<string> Names => [.. ModelZoo.All.Select(model => model.Name)];

    [DataTheory]
    [MemberData(nameof(Names))]
    public void Model_imports_and_its_floats_agree_with_ONNX_Runtime(string name)
    {
        ZooModel model = ModelZoo.Named(name);
        Graph graph = model.Import();
        SampleSet samples = model.Samples();
        SampleSet? expected = model.Expected();
        int rows = Math.Min(samples.Count, samples.Elements > LargeInput ? LargeRows : Rows), right = 0;
        double worst = 0;
        int[]? labels = model.Labels();
        for (int row = 0; row < rows; row++)
        {
            float[] found = FloatReference.Run(graph, [model.Input(samples, row, graph)])[0].Data;
            if (labels?[row] == ArgMax(found)) right++;
            if (expected is null) continue;
            float[] wanted = expected.Row(row);
            double largest = wanted.Max(MathF.Abs);
            worst = Math.Max(worst, found.Zip(wanted, (a, b) => Math.Abs(a - b)).Max() / largest);
            Assert.Equal(ArgMax(wanted), ArgMax(found));
        }
        output.WriteLine($"{name}: {graph.Nodes.Length} nodes, {rows} rows, {right} as labelled, relative error {worst:E1}");
        Assert.InRange(worst, 0, 1e-3);
        Assert.True(labels is null || right > rows / 3, $"{right} of {rows} rows are classified as labelled");
    }

    [DataFact]
    public void Every_model_file_is_in_the_zoo()
    {
        string folder = SharedData.Path("models");
        IEnumerable<string> files = Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories)
            .Select(file => Path.ChangeExtension(Path.GetRelativePath(folder, file), null).Replace('\\', '/'));
        Assert.Equal(files.Order(StringComparer.Ordinal), ModelZoo.All.Select(model => model.Name).Order(StringComparer.Ordinal));
    }

    private static int ArgMax(float[] values) => Array.IndexOf(values, values.Max());
}
