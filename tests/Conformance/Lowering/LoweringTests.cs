using System.Collections.Immutable;
using Blindsight.Compiler;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Passes;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Conformance.Onnx;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Lowering;

/// <summary>ONNX's own operator cases, lowered to protocol layers and simplified, against the float reference.</summary>
public class LoweringTests(ITestOutputHelper output)
{
    [DataFact]
    public void Every_case_is_computed_or_refused_by_name()
    {
        List<string> faults = [];
        int agreed = 0;
        foreach (ConformanceCase test in ConformanceCase.All())
        {
            string? fault = null;
            foreach (byte[] model in new[] { test.Model(), test.ModelWithParameters() })
                if (Import(model, test) is { Inputs.Length: > 0 } graph && (fault = Fault(graph, test)) is null) break;
            if (fault is null) agreed++;
            else if (fault.StartsWith(nameof(GraphException))) output.WriteLine($"{test.Name}: {fault.Split(';')[0]}");
            else faults.Add($"{test.Name}: {fault}");
        }
        output.WriteLine($"{agreed} cases were computed");
        Assert.Empty(faults);
        Assert.InRange(agreed, 180, 294);
    }

    private static string? Fault(Graph graph, ConformanceCase test)
    {
        FloatTensor[] inputs = test.Inputs()[..graph.Inputs.Length];
        string? fault = Fault(graph, inputs);
        return fault?.Contains("has a batch") == true ? Fault(OneRow(graph), Array.ConvertAll(inputs, FirstRow)) : fault;
    }

    private static string? Fault(Graph graph, FloatTensor[] inputs)
    {
        try
        {
            Network network = NetworkPasses.Run(GraphLowering.Lower(graph, labelOnly: false, anyBatch: true));
            FloatTensor[] expected = FloatReference.Run(graph, inputs);
            float[][] found = NetworkExecutor.Run(network, inputs);
            for (int o = 0; o < expected.Length; o++)
            {
                PostOperations.Apply(network.Outputs[o].PostOperation, network.Outputs[o].Port.Shape, found[o]);
                for (int i = 0; i < found[o].Length; i++)
                    if (found[o][i] != expected[o].Data[i] && !(Math.Abs(found[o][i] - expected[o].Data[i]) <= 1e-3 * (1 + Math.Abs(expected[o].Data[i]))))
                        return $"{found[o][i]} at {i} of output {o}; expected {expected[o].Data[i]}";
            }
            return null;
        }
        catch (Exception fault)
        {
            return $"{fault.GetType().Name}: {fault.Message}";
        }
    }

    /// <summary>The graph with its batch, the first axis of its input, cut to one row.</summary>
    private static Graph OneRow(Graph graph)
    {
        int batch = graph.Shapes[graph.Inputs[0]][0];
        return graph with
        {
            Shapes = graph.Shapes.ToImmutableDictionary(entry => entry.Key, entry =>
                !graph.Constants.ContainsKey(entry.Key) && entry.Value.Length > 0 && entry.Value[0] == batch ? entry.Value.SetItem(0, 1) : entry.Value),
        };
    }

    private static FloatTensor FirstRow(FloatTensor tensor) =>
        new(tensor.Shape.SetItem(0, 1), tensor.Data[..(tensor.Data.Length / tensor.Shape[0])]);

    private static Graph? Import(byte[] model, ConformanceCase test)
    {
        try
        {
            return OnnxImporter.Import(model, test.Name);
        }
        catch (GraphException)
        {
            return null;
        }
    }
}
