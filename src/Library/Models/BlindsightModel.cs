using Blindsight.Arithmetic;
using Blindsight.Compiler;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Owner;

namespace Blindsight;

/// <summary>
/// A model as its owner holds it: the plan, which is public, and integer weights, which are secret. Immutable; thread-safe. Several servers may use one.
/// </summary>
public sealed class BlindsightModel
{
    private readonly QuantizedModel _model;

    private BlindsightModel(QuantizedModel model, double? outputError) => (_model, OutputError) = (model, outputError);

    /// <summary>The public contract: shapes, widths, scales and the order of protocols. Holds no weight.</summary>
    public InferencePlan Plan => _model.Plan;

    /// <summary>
    /// Of a model that was compiled here: what fixed point costs on the calibration rows, as the root mean square of the outputs' deviation, relative
    /// to the outputs' own; null for one that was loaded.
    /// </summary>
    public double? OutputError { get; }

    internal QuantizedModel Quantized => _model;

    /// <summary>Loads an ONNX model under a plan that was compiled from it.</summary>
    /// <exception cref="GraphException">A node that no protocol exists for; names it.</exception>
    /// <exception cref="ParameterException">The plan is none, or another model's; names the first step that differs.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static BlindsightModel Load(string modelPath, string planPath) => Load(modelPath, ReadPlan(planPath));

    /// <inheritdoc cref="Load(string, string)"/>
    public static BlindsightModel Load(string modelPath, InferencePlan plan) => new(PlanCompiler.Quantize(OnnxImporter.Load(modelPath), plan), null);

    /// <summary>
    /// Compiles an ONNX model: chooses the widths of numbers by typical inputs, of which at most 128 are taken, evenly. Without a card in
    /// <paramref name="options"/> the model's own is used, the .yaml beside it, if there is one.
    /// </summary>
    /// <param name="calibration">Inputs such as the model was trained on, without its labels; they leave no trace but ranges.</param>
    /// <param name="progress">Told of stages, on the compiling thread.</param>
    /// <exception cref="GraphException">A node that no protocol exists for; names it.</exception>
    /// <exception cref="ParameterException">An option out of range, or a layer that fits at no scale; names the layer.</exception>
    /// <exception cref="InputException">The rows do not fit the model; names the file.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; noticed between stages.</exception>
    public static Task<BlindsightModel> CompileAsync(string modelPath, SampleSet calibration, CompileOptions? options = null,
        IProgress<CompileProgress>? progress = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return SessionWork.Alone(() =>
        {
            Graph graph = OnnxImporter.Load(modelPath);
            string card = ModelCard.Beside(modelPath);
            options ??= new CompileOptions { Card = File.Exists(card) ? ModelCard.Read(card) : InputCard.None };
            if (graph.Inputs.Length != 1)
                throw new InputException(calibration.File, "", $"the model has {graph.Inputs.Length} inputs; rows of one file feed models with one input");
            int count = Math.Min(calibration.Count, PlanCompiler.CalibrationRows), step = calibration.Count / Math.Max(1, count);
            FloatTensor[][] rows = Preprocessing.Apply(
                calibration, Enumerable.Range(0, count).Select(i => i * step), options.Card, graph.Shapes[graph.Inputs[0]]);
            CompiledModel compiled = PlanCompiler.Compile(graph, rows, options, new Forward(progress, cancellation));
            return new BlindsightModel(compiled.Model, compiled.OutputError);
        });
    }

    /// <summary>Reads a plan from a file.</summary>
    /// <exception cref="ParameterException">It is no plan, or of another version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static InferencePlan ReadPlan(string path)
    {
        long bytes = new FileInfo(path).Length;
        return bytes <= PlanSerializer.MaxBytes ? PlanSerializer.Deserialize(File.ReadAllBytes(path))
            : throw new ParameterException($"{path} has {bytes} bytes; a plan has at most {PlanSerializer.MaxBytes}");
    }

    /// <summary>Writes the plan, for <see cref="Load(string, string)"/>, for clients that insist on it, and for the dealer of two servers.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WritePlan(string path) => File.WriteAllBytes(path, PlanSerializer.Serialize(Plan));

    /// <summary>
    /// Splits a model that was compiled for two servers into a share for each. Either alone tells nothing of the weights; who holds both holds the model.
    /// </summary>
    /// <exception cref="ParameterException">The plan is for another deployment.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void WriteShares(string firstPath, string secondPath)
    {
        if (Plan.Deployment != DeploymentKinds.TwoServers)
            throw new ParameterException($"the plan is for the deployment {Plan.Deployment}, not for two servers");
        ModelShareFile.Write(_model, firstPath, secondPath);
    }

    /// <summary>Passes progress on, and ends the work where it was cancelled.</summary>
    private sealed class Forward(IProgress<CompileProgress>? progress, CancellationToken cancellation) : IProgress<CompileProgress>
    {
        public void Report(CompileProgress value)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(value);
        }
    }
}
