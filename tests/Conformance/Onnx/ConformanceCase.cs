using System.Text.Json;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Harness;
using Google.Protobuf;
using Onnx;

namespace Blindsight.Conformance.Onnx;

/// <summary>One of ONNX's own test cases: a model, inputs and the outputs expected of it.</summary>
internal sealed record ConformanceCase(string Name, string[] Operators)
{
    public static IReadOnlyList<ConformanceCase> All()
    {
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("onnx-conformance", "index.json")));
        return [.. index.RootElement.EnumerateArray().Select(entry => new ConformanceCase(
            entry.GetProperty("test").GetString()!,
            [.. entry.GetProperty("ops").EnumerateArray().Select(op => op.GetString()!)]))];
    }

    public byte[] Model() => File.ReadAllBytes(SharedData.Path("onnx-conformance", Name, "model.onnx"));

    /// <summary>The model with all inputs after the first as constants, where shapes, axes, indices and the like stand.</summary>
    public byte[] ModelWithParameters()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Model());
        TensorProto[] inputs = Tensors("input");
        int first = model.Graph.Node[0].OpType == "ConstantOfShape" ? 0 : 1;
        for (int i = first; i < inputs.Length; i++)
        {
            inputs[i].Name = model.Graph.Input[i].Name;
            model.Graph.Initializer.Add(inputs[i]);
        }
        return model.ToByteArray();
    }

    public FloatTensor[] Inputs() => [.. Tensors("input").Select(Read)];

    public FloatTensor[] Outputs() => [.. Tensors("output").Select(Read)];

    private static FloatTensor Read(TensorProto tensor) => TensorReader.Read(tensor, new OnnxNode(new NodeProto(), 0));

    private TensorProto[] Tensors(string kind) =>
    [
        .. Enumerable.Range(0, 100)
            .Select(i => SharedData.Path("onnx-conformance", Name, "test_data_set_0", $"{kind}_{i}.pb"))
            .TakeWhile(File.Exists)
            .Select(path => TensorProto.Parser.ParseFrom(File.ReadAllBytes(path))),
    ];
}
