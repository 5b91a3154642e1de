using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>A model of shared/data with what is known of it.</summary>
/// <param name="Name">The file's name without its ending; acasxu/* with their folder.</param>
/// <param name="Card">How rows of the input file become inputs.</param>
/// <param name="InputFile">Rows to run it on, below shared/data.</param>
/// <param name="LabelFile">The true classes of these rows, or null.</param>
/// <param name="ExpectedFile">Outputs of ONNX Runtime on these rows, or null.</param>
/// <param name="LabelOffset">The output that stands for class 0.</param>
public sealed record ZooModel(
    string Name, InputCard Card, string InputFile, string? LabelFile = null, string? ExpectedFile = null, int LabelOffset = 0)
{
    public string ModelPath => SharedData.Path("models", Name + ".onnx");

    public Graph Import() => OnnxImporter.Load(ModelPath);

    public SampleSet Samples() => SampleReader.Read(SharedData.Path(InputFile));

    /// <summary>The model's input for one row of its samples.</summary>
    public FloatTensor Input(SampleSet samples, int row, Graph graph) =>
        Preprocessing.Apply(samples, row, Card, graph.Shapes[graph.Inputs[0]]);

    /// <summary>The output that is right for each row, or null where that is not known.</summary>
    public int[]? Labels() => LabelFile is null
        ? null
        : [.. SampleReader.ReadLabels(SharedData.Path(LabelFile), new CsvColumns(null, "class_index_0_999")).Select(label => label + LabelOffset)];

    /// <summary>ONNX Runtime's outputs by row, or null.</summary>
    public SampleSet? Expected() => ExpectedFile is null ? null : SampleReader.Read(SharedData.Path(ExpectedFile));

    public override string ToString() => Name;
}
