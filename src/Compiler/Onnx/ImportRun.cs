using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Passes;
using Onnx;

namespace Blindsight.Compiler.Onnx;

/// <summary>The outcome of one import: a graph, or at least one problem.</summary>
internal sealed record ImportRun(Graph? Graph, IReadOnlyList<GraphProblem> Problems)
{
    /// <summary>Listing stops here: nobody reads on, and messages are longer than nodes.</summary>
    private const int ProblemsMax = 1000;

    /// <summary>Imports what the model's outputs depend on.</summary>
    /// <exception cref="GraphException">A fault outside the nodes.</exception>
    public static ImportRun Of(ModelProto model, long fileBytes, string name)
    {
        int opset = Opset(model);
        if (model.Graph is not { } graph) throw new GraphException("", "", "the model has no graph");
        if (graph.SparseInitializer.Count > 0) throw new GraphException("", "", "sparse initialisers are not supported");
        GraphBuilder builder = new(new ImportBudget(fileBytes));
        ReadInitialisers(graph, builder);
        ReadInputs(graph, builder);
        List<GraphProblem> problems = ImportNodes(graph, opset, builder);
        if (problems.Count > 0) return new ImportRun(null, problems);
        return new ImportRun(ActivationRecognition.Run(builder.Build(name, [.. graph.Output.Select(output => output.Name)])), []);
    }

    private static int Opset(ModelProto model)
    {
        long opset = model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version ?? 1;
        if (opset is < OnnxImporter.OldestOpset or > OnnxImporter.NewestOpset)
            throw new GraphException("", "", $"the model uses operator set {opset}, {OnnxImporter.OldestOpset} to {OnnxImporter.NewestOpset} are supported");
        return (int)opset;
    }

    /// <summary>Lets go of each tensor's bytes as soon as its floats are there: of large models both do not fit.</summary>
    private static void ReadInitialisers(GraphProto graph, GraphBuilder builder)
    {
        OnnxNode place = new(new NodeProto(), 0);
        foreach (TensorProto tensor in graph.Initializer)
        {
            builder.Define(place, tensor.Name, TensorReader.Read(tensor, place), (TensorProto.Types.DataType)tensor.DataType);
            tensor.ClearRawData();
        }
    }

    /// <summary>Old models list initialisers among the inputs; those are no inputs.</summary>
    private static void ReadInputs(GraphProto graph, GraphBuilder builder)
    {
        foreach (ValueInfoProto input in graph.Input)
            if (!builder.IsDefined(input.Name)) InputReader.Read(input, builder);
    }

    private static List<GraphProblem> ImportNodes(GraphProto graph, int opset, GraphBuilder builder)
    {
        List<GraphProblem> problems = [];
        HashSet<string> lost = [];
        foreach (NodeProto proto in NeededNodes(graph))
        {
            OnnxNode node = new(proto, opset);
            try
            {
                Action<OnnxNode, GraphBuilder> import = Operators.Find(node);
                if (!proto.Input.Any(lost.Contains))
                {
                    import(node, builder);
                    continue;
                }
            }
            catch (GraphException fault)
            {
                problems.Add(new(fault.Node, fault.Operator, fault.Problem));
            }
            if (problems.Count == ProblemsMax) break;
            lost.UnionWith(proto.Output);
        }
        return problems;
    }

    /// <summary>The nodes that an output depends on, in the file's order.</summary>
    private static List<NodeProto> NeededNodes(GraphProto graph)
    {
        Dictionary<string, int> producers = [];
        for (int i = 0; i < graph.Node.Count; i++)
            foreach (string output in graph.Node[i].Output)
                if (output.Length > 0) producers.TryAdd(output, i);
        bool[] needed = new bool[graph.Node.Count];
        Stack<string> open = new(graph.Output.Select(output => output.Name));
        while (open.TryPop(out string? value))
        {
            if (!producers.TryGetValue(value, out int producer) || needed[producer]) continue;
            needed[producer] = true;
            foreach (string input in graph.Node[producer].Input) open.Push(input);
        }
        return [.. graph.Node.Where((_, i) => needed[i])];
    }
}
