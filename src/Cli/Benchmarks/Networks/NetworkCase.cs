using Blindsight.Arithmetic.Tensors;
using Blindsight.Cli.Files;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Training;
using Blindsight.Training.Synthesis;

namespace Blindsight.Cli.Benchmarks.Networks;

/// <summary>A network that is ready to be measured: its model and plan as files, and what its rows come to in the clear.</summary>
/// <param name="Rows">The rows that repetitions take, one each, in turn.</param>
/// <param name="Comparisons">Comparisons of one inference: bounds of clamps, and candidates of pools and of labels.</param>
internal sealed record NetworkCase(string Name, string Model, string Plan, string Input, int[] Rows, ClearReference Reference, long Comparisons)
{
    /// <summary>Synthesises where asked to, compiles, and runs the rows in the clear. What that needs is released before it returns.</summary>
    /// <param name="folder">Where model and plan are written.</param>
    /// <param name="inferences">How many rows are needed at most.</param>
    /// <param name="options">What to compile for; the card is the entry's.</param>
    public static NetworkCase Prepare(NetworkEntry entry, string folder, int inferences, ProgressLine progress, CancellationToken cancellation,
        CompileOptions? options = null)
    {
        NetworkCase made = Make(entry, folder, inferences, options ?? new CompileOptions(), progress, cancellation);
        // The parties need the memory that calibration has taken.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return made;
    }

    private static NetworkCase Make(
        NetworkEntry entry, string folder, int inferences, CompileOptions options, ProgressLine progress, CancellationToken cancellation)
    {
        string model = entry.Model ?? Path.Combine(folder, entry.Name + ".onnx");
        string planFile = Path.Combine(folder, $"{entry.Name}.{options.Comparison}.plan");
        if (entry.Topology is not null)
        {
            progress.Show($"{entry.Name}: drawing weights");
            AtomicFile.Write(model, WeightSynthesis.Create(entry.Topology, entry.Seed, null, cancellation).WriteTo);
        }
        Graph graph = ModelFiles.Model(model);
        options = options with { Card = ModelFiles.Card(entry.Card, model) };
        CompiledModel compiled = ModelFiles.Compile(graph, entry.Calibration, entry.CalibrationRows, options, progress.ForCompiler());
        AtomicFile.Write(planFile, stream => stream.Write(PlanSerializer.Serialize(compiled.Plan)));
        SampleSet samples = ModelFiles.Samples(entry.Input, "input");
        RowRange range = RowRange.Of(entry.Rows, samples);
        RowRange taken = new(range.First, Math.Min(range.Last, range.First + inferences - 1));
        progress.Show($"{entry.Name}: running {taken.Count} rows in the clear");
        FloatTensor[][] inputs = ModelFiles.Inputs(samples, taken, options.Card, ModelFiles.Ports(graph));
        return new(entry.Name, model, planFile, entry.Input, [.. taken.Rows], ClearReference.Of(graph, compiled.Model, inputs),
            CountComparisons(compiled.Plan));
    }

    private static long CountComparisons(InferencePlan plan) => plan.Steps.Sum(step => step switch
    {
        ClampStep clamp => (long)plan.Tensors[clamp.Input].Elements * ((clamp.Low is null ? 0 : 1) + (clamp.High is null ? 0 : 1)),
        MaxPoolStep { Geometry: var g } => Separable(g),
        ArgMaxStep argMax => plan.Tensors[argMax.Input].Elements - plan.Tensors[argMax.Output].Elements,
        _ => 0,
    });

    /// <summary>Of a window's columns first, then of its rows.</summary>
    private static long Separable(PoolGeometry g) => (long)g.Channels * g.InHeight * g.OutWidth * (g.KernelWidth - 1)
        + (long)g.Channels * g.OutHeight * g.OutWidth * (g.KernelHeight - 1);
}
