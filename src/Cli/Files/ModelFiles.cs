using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;

namespace Blindsight.Cli.Files;

/// <summary>Models, plans, cards and rows from the files that a command names.</summary>
internal static class ModelFiles
{
    private const long PlanBytesMax = 64 << 20;

    public static Graph Model(string path)
    {
        MustExist(path, "model");
        return OnnxImporter.Load(path);
    }

    public static InferencePlan Plan(string path)
    {
        MustExist(path, "plan");
        long bytes = new FileInfo(path).Length;
        if (bytes > PlanBytesMax) throw new CommandException($"{path} has {bytes} bytes; a plan has at most {PlanBytesMax}.");
        return PlanSerializer.Deserialize(File.ReadAllBytes(path));
    }

    /// <summary>The card that was named, or the one beside the model (MODEL with .yaml), or none.</summary>
    public static InputCard Card(string? path, string model)
    {
        if (path is not null) MustExist(path, "model card");
        string card = path ?? CardBeside(model);
        return File.Exists(card) ? ModelCard.Read(card) : InputCard.None;
    }

    /// <summary>Where a model's card lies if it has one.</summary>
    public static string CardBeside(string model) => ModelCard.Beside(model);

    /// <summary>The files that reading a card opens: the card and the list of class names that it refers to.</summary>
    public static IEnumerable<string> CardFiles(string? path)
    {
        if (path is null || !File.Exists(path)) return [];
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return [path, .. File.ReadLines(path).Where(line => line.StartsWith("classes:", StringComparison.Ordinal))
            .Select(line => Path.Combine(folder, line["classes:".Length..].Trim(' ', '"', '\'')))];
    }

    public static SampleSet Samples(string path, string what)
    {
        MustExist(path, what);
        return SampleReader.Read(path);
    }

    /// <summary>Rows of a file as inputs of a model.</summary>
    public static FloatTensor[][] Inputs(SampleSet samples, RowRange rows, InputCard card, PlanPort[] ports)
    {
        if (ports.Length != 1)
            throw new CommandException($"The model has {ports.Length} inputs; rows of one file can feed models with one input.");
        return Preprocessing.Apply(samples, rows.Rows, card, ports[0].Shape);
    }

    /// <summary>The graph's inputs with the shapes that its reference takes.</summary>
    public static PlanPort[] Ports(Graph graph) => [.. graph.Inputs.Select(name => new PlanPort(name, graph.Shapes[name]))];

    /// <summary>A model under its plan: read from a file, or compiled from calibration samples.</summary>
    /// <exception cref="CommandException">Neither or both are given.</exception>
    public static QuantizedModel Quantized(
        Graph graph, string? plan, string? calibration, InputCard card, IProgress<CompileProgress>? progress = null) =>
        Quantized(graph, plan, calibration, new CompileOptions { Card = card }, progress);

    /// <inheritdoc cref="Quantized(Graph, string?, string?, InputCard, IProgress{CompileProgress}?)"/>
    /// <param name="options">For a model that is compiled; a plan has its own.</param>
    public static QuantizedModel Quantized(
        Graph graph, string? plan, string? calibration, CompileOptions options, IProgress<CompileProgress>? progress)
    {
        if (plan is null == calibration is null)
            throw new CommandException("Give either --plan PLAN or --calibration FILE: the widths of numbers come from one of them.");
        return plan is not null
            ? PlanCompiler.Quantize(graph, Plan(plan))
            : Compile(graph, calibration!, null, options, progress).Model;
    }

    /// <summary>Compiles a graph on rows of a file.</summary>
    public static CompiledModel Compile(
        Graph graph, string calibration, string? rows, CompileOptions options, IProgress<CompileProgress>? progress)
    {
        SampleSet samples = Samples(calibration, "calibration file");
        RowRange range = rows is null ? RowRange.Spread(PlanCompiler.CalibrationRows, samples) : RowRange.Of(rows, samples);
        return PlanCompiler.Compile(graph, Inputs(samples, range, options.Card, Ports(graph)), options, progress);
    }

    private static void MustExist(string path, string what)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no {what} at '{path}'.");
    }
}
