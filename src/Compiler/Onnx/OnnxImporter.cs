using Blindsight.Compiler.Graphs;
using Google.Protobuf;
using Onnx;

namespace Blindsight.Compiler.Onnx;

/// <summary>
/// Reads ONNX models of the default operator set, versions 6 to 21, into graphs. Whatever depends on constants alone is
/// evaluated on the way, so that shape arithmetic disappears. Files are not trusted: memory stays proportional to the
/// file's size (see <see cref="ImportBudget"/>) and every fault is a <see cref="GraphException"/>.
/// </summary>
public static class OnnxImporter
{
    public const int OldestOpset = 6, NewestOpset = 21;

    /// <summary>Largest model file, in bytes: protobuf's own limit.</summary>
    private const long FileBytesMax = int.MaxValue - 1024;

    /// <summary>Reads a model file; the graph is named after the file.</summary>
    /// <exception cref="GraphException">The file is no ONNX model, or uses what is not supported.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Graph Load(string path)
    {
        long bytes = new FileInfo(path).Length;
        if (bytes > FileBytesMax) throw new GraphException("", "", $"the file has {bytes} bytes, at most {FileBytesMax} are supported");
        using FileStream stream = File.OpenRead(path);
        return Imported(Run(() => ModelProto.Parser.ParseFrom(stream), bytes, Path.GetFileNameWithoutExtension(path)));
    }

    /// <summary>Reads a model from the bytes of its file.</summary>
    /// <exception cref="GraphException">The bytes are no ONNX model, or the model uses what is not supported.</exception>
    public static Graph Import(byte[] model, string name) => Imported(Run(() => ModelProto.Parser.ParseFrom(model), model.LongLength, name));

    /// <summary>Everything in a model that is not supported, the first 1000 faults; empty where <see cref="Import"/> succeeds.</summary>
    public static IReadOnlyList<GraphProblem> Check(byte[] model, string name) =>
        Run(() => ModelProto.Parser.ParseFrom(model), model.LongLength, name).Problems;

    private static Graph Imported(ImportRun run)
    {
        if (run.Graph is { } graph) return graph;
        GraphProblem first = run.Problems[0];
        string others = run.Problems.Count == 1 ? "" : $" (and {run.Problems.Count - 1} more problems)";
        throw new GraphException(first.Node, first.Operator, first.Message + others);
    }

    private static ImportRun Run(Func<ModelProto> parse, long fileBytes, string name)
    {
        try
        {
            return ImportRun.Of(parse(), fileBytes, name);
        }
        catch (InvalidProtocolBufferException fault)
        {
            return new ImportRun(null, [new("", "", $"not an ONNX model: {fault.Message}")]);
        }
        catch (GraphException fault)
        {
            return new ImportRun(null, [new(fault.Node, fault.Operator, fault.Problem)]);
        }
    }
}
