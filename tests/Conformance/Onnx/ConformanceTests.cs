using Blindsight.Compiler;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Reference;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Onnx;

public class ConformanceTests(ITestOutputHelper output)
{
    /// <summary>Cases whose operators are all supported and that use them in ways that are not.</summary>
    private static readonly string[] Refused =
    [
        "node/test_batchnorm_epsilon_training_mode",
        "node/test_div_uint8",
        "node/test_dropout_default_mask",
        "node/test_dropout_default_mask_ratio",
        "node/test_globalaveragepool",
        "node/test_globalmaxpool",
        "node/test_globalmaxpool_precomputed",
        "node/test_maxpool_with_argmax_2d_precomputed_strides",
        "node/test_mul_uint8",
        "pytorch-converted/test_Embedding",
        "pytorch-converted/test_Embedding_sparse",
    ];

    [DataFact]
    public void Every_case_of_supported_operators_agrees_or_is_refused_as_listed()
    {
        Dictionary<string, string> refused = [], faults = [];
        int passed = 0, foreign = 0;
        foreach (ConformanceCase test in ConformanceCase.All())
        {
            if (!test.Operators.All(Operators.Names.Contains)) foreign++;
            else if (Fault(test, test.Model()) is not { } fault) passed++;
            else if (fault.Contains("has to be constant") && Fault(test, test.ModelWithParameters()) is null) passed++;
            else if (fault.StartsWith(nameof(GraphException))) refused.Add(test.Name, fault);
            else faults.Add(test.Name, fault);
        }
        foreach ((string name, string reason) in refused) output.WriteLine($"{name}: {reason}");
        output.WriteLine($"{passed} agree, {refused.Count} are refused, {foreign} have other operators");
        Assert.Empty(faults);
        Assert.Equal(Refused, refused.Keys.Order(StringComparer.Ordinal));
    }

    private static string? Fault(ConformanceCase test, byte[] model)
    {
        try
        {
            Graph graph = OnnxImporter.Import(model, test.Name);
            return Differs(FloatReference.Run(graph, test.Inputs()[..graph.Inputs.Length]), test.Outputs());
        }
        catch (Exception fault)
        {
            return $"{fault.GetType().Name}: {fault.Message}";
        }
    }

    private static string? Differs(FloatTensor[] found, FloatTensor[] expected)
    {
        for (int i = 0; i < found.Length; i++)
        {
            if (!found[i].Shape.SequenceEqual(expected[i].Shape))
                return $"shape [{string.Join(", ", found[i].Shape)}], expected [{string.Join(", ", expected[i].Shape)}]";
            for (int k = 0; k < found[i].Data.Length; k++)
            {
                float a = found[i].Data[k], b = expected[i].Data[k];
                if (!(MathF.Abs(a - b) <= 1e-4f + 1e-3f * MathF.Abs(b)) && !a.Equals(b)) return $"element {k} of output {i} is {a}, expected {b}";
            }
        }
        return null;
    }
}
