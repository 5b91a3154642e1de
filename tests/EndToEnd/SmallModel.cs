using Blindsight.Harness;
using Blindsight.Training.Export;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.EndToEnd;

/// <summary>A small network with weights drawn at random, rows for it, and its plan; shared by the tests of a class.</summary>
public sealed class SmallModel : IDisposable
{
    public const int Rows = 12, Side = 8, Classes = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-model-").FullName;

    public SmallModel() : this("m1", Side, Classes, Rows) { }

    /// <param name="architecture">As 'blindsight train' names it.</param>
    internal SmallModel(string architecture, int side, int classes, int rows)
    {
        Network network = Architectures.Create(architecture, new FeatureShape(1, side, side), classes, seed: 7);
        using (FileStream stream = File.Create(Model)) OnnxExporter.Write(network, architecture, stream);
        byte[] pixels = new byte[rows * side * side];
        new Random(3).NextBytes(pixels);
        File.WriteAllBytes(Input, SampleFiles.Idx(pixels, rows, side, side));
        Tool.Outcome compiled = Tool.Run("compile", Model, "--calibration", Input, "--out", Plan);
        if (compiled.ExitCode != 0) throw new InvalidOperationException(compiled.Error);
    }

    public string Model => Path.Combine(_folder, "model.onnx");
    public string Input => Path.Combine(_folder, "rows.idx");
    public string Plan => Path.Combine(_folder, "model.plan");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
