using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Training;
using Blindsight.Training.Activations;
using Blindsight.Training.Data;
using Blindsight.Training.Export;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Unit.Training.Activations;

/// <summary>Plans of a small network that tells blobs apart, from its ONNX file and back to one.</summary>
public sealed class ActivationPlannerTests : IDisposable
{
    private static readonly FeatureShape Shape = new(1, 6, 6);

    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-planner").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_budget_is_met_and_little_accuracy_lost()
    {
        PlanningResult result = Plan(new() { Folder = _folder, BudgetSeconds = 40, Stages = 4 });
        Assert.Equal(["original", "adapted", "stage 1", "stage 2", "stage 3", "stage 4", "final"], result.Points.Select(point => point.Name));
        Assert.True(result.Chosen.Seconds <= 40, $"{result.Chosen.Seconds}");
        Assert.True(result.Chosen.Replaced > 0.4);
        Assert.True(result.Chosen.Accuracy > 0.9, $"{result.Chosen.Accuracy}");
        for (int i = 2; i < result.Points.Length; i++) Assert.True(result.Points[i].Seconds <= result.Points[i - 1].Seconds);
        Assert.Contains(result.Front(), point => point.Seconds == result.Points.Min(other => other.Seconds));
    }

    [Fact]
    public void A_forbidden_loss_keeps_the_last_good_stage()
    {
        // Constants alone are for free here, so that the last stages have to lose everything.
        PlanningResult result = Plan(new() { Folder = _folder, LossPointsMax = 3, BudgetSeconds = 0.5, Stages = 3 });
        Assert.True(result.Points.Where(point => point.Name.StartsWith("stage", StringComparison.Ordinal)).Last().Accuracy < 0.9);
        Assert.True(result.Chosen.Accuracy > 0.9, $"{result.Chosen.Accuracy}");
        Assert.True(result.Chosen.Seconds > 0.5);
    }

    [Fact]
    public void Mode_none_trains_as_long_and_replaces_nothing()
    {
        PlanningResult result = Plan(new() { Folder = _folder, Mode = PlanningMode.None, Stages = 4 });
        Assert.Equal(7, result.Points.Length);
        Assert.Equal(0, result.Chosen.Replaced);
    }

    [Fact]
    public void An_interrupted_run_resumes_to_the_same_network()
    {
        PlanningOptions options = new() { Folder = Path.Combine(_folder, "whole"), BudgetSeconds = 40, Stages = 4 };
        PlanningResult whole = Plan(options);
        options = options with { Folder = Path.Combine(_folder, "parts") };
        foreach (double stopAt in (double[])[0.5, 3.5, 5.2, 9])
        {
            using CancellationTokenSource stop = new();
            Assert.ThrowsAny<OperationCanceledException>(() => Plan(options, new StopAt(stop, stopAt), stop.Token));
        }
        PlanningResult resumed = Plan(options);
        Assert.Equal(
            whole.Points.Select(point => (point.Name, point.Correct, point.Seconds)),
            resumed.Points.Select(point => (point.Name, point.Correct, point.Seconds)));
        Assert.Equal(Bytes(whole.Network), Bytes(resumed.Network));
    }

    [Fact]
    public void Work_of_other_options_is_refused()
    {
        PlanningOptions options = new() { Folder = _folder, BudgetSeconds = 40, Stages = 1, FinalEpochs = 0 };
        Plan(options);
        Assert.Contains("another", Assert.Throws<ParameterException>(() => Plan(options with { BudgetSeconds = 30 })).Message);
    }

    [Fact]
    public void Every_channels_activation_survives_the_way_through_onnx()
    {
        PlanningResult result = Plan(new() { Folder = _folder, BudgetSeconds = 40 });
        Graph graph = OnnxImporter.Import(Bytes(result.Network), "planned");
        ImmutableArray<ActivationSite> before = ActivationSites.Of(result.Network).All;
        ChannelActivationLayer[] after = [.. NetworkImporter.Import(graph).Nodes.Select(node => node.Layer).OfType<ChannelActivationLayer>()];
        int compared = 0;
        foreach (ActivationSite site in before.Where(site => site.Layer.Kinds.ContainsAnyExcept(ActivationKind.Exact)))
        {
            ChannelActivationLayer layer = after[compared++];
            Assert.Equal(site.Layer.Kinds.ToArray(), layer.Kinds.ToArray());
            for (int c = 0; c < layer.Kinds.Length; c++) Assert.Equal(site.Layer.CoefficientsOf(c).ToArray(), layer.CoefficientsOf(c).ToArray());
        }
        Assert.True(compared > 0);
        LabelledImages images = Blobs(20, 9);
        float[] logits = new float[2], pixels = new float[Shape.Elements];
        for (int image = 0; image < images.Count; image++)
        {
            default(ImagePlacement).Write(Shape, images.PixelsOf(image), images.Scaling, pixels);
            result.Network.Infer(pixels, logits);
            float[] reference = FloatReference.Run(graph, [new FloatTensor([1, 1, 6, 6], pixels)])[0].Data;
            for (int i = 0; i < 2; i++) Assert.Equal(logits[i], reference[i], 1e-3f * (1 + Math.Abs(logits[i])));
        }
    }

    private PlanningResult Plan(PlanningOptions options, IProgress<PlanningProgress>? progress = null, CancellationToken cancellation = default)
    {
        LabelledImages train = Blobs(384, 1), validation = Blobs(200, 2);
        PlannableModel model = new(Model(), train, threads: 1);
        ActivationPrices prices = new(0, [.. model.Activations.Select(shape =>
            new LayerPrices(10, 1, [0, 0.01 * shape.Positions, 0.03 * shape.Positions, 0.05 * shape.Positions, 0.1 * shape.Positions]))]);
        options = options with
        {
            AdaptationEpochs = 3, StageEpochs = 2, FinalEpochs = Math.Min(2, options.FinalEpochs), EstimationImages = 256,
            Training = options.Training with { BatchImages = 32, Threads = 2, Flip = false, ShiftPixelsMax = 1, LearningRate = 0.05f },
        };
        return ActivationPlanner.Plan(model, train, validation, prices, options, progress, cancellation);
    }

    /// <summary>An untrained network as a graph; the adaptation trains it.</summary>
    private static Graph Model()
    {
        NetworkBuilder builder = new(Shape);
        builder.Convolution(8, kernel: 3, pad: 1).Relu();
        int trunk = builder.Latest;
        builder.Convolution(8, kernel: 3, pad: 1, bias: false).BatchNorm().Relu().Convolution(8, kernel: 3, pad: 1).Add(trunk).Relu().Dense(2);
        return OnnxImporter.Import(Bytes(builder.Build(5)), "blobs");
    }

    private static byte[] Bytes(Network network)
    {
        using MemoryStream stream = new();
        OnnxExporter.Write(network, "blobs", stream);
        return stream.ToArray();
    }

    /// <summary>A bright square of two sizes somewhere on a noisy ground; sorted by class.</summary>
    private static LabelledImages Blobs(int count, ulong seed)
    {
        using Blindsight.Arithmetic.Randomness.Prg prg = TrainingSeed.Stream(seed, "blobs", 0);
        byte[] pixels = new byte[count * Shape.Elements];
        int[] labels = new int[count];
        for (int image = 0; image < count; image++)
        {
            int label = labels[image] = 2 * image / count, size = 2 + 2 * label, y = prg.Below(7 - size), x = prg.Below(7 - size);
            for (int row = 0; row < 6; row++)
                for (int column = 0; column < 6; column++)
                    pixels[image * 36 + row * 6 + column] = (byte)(prg.Below(60)
                        + (row >= y && row < y + size && column >= x && column < x + size ? 150 : 0));
        }
        return new LabelledImages(Shape, pixels, labels, 2, InputCard.None);
    }

    private sealed class StopAt(CancellationTokenSource source, double epochs) : IProgress<PlanningProgress>
    {
        public void Report(PlanningProgress value)
        {
            if (value.EpochsDone >= epochs) source.Cancel();
        }
    }
}
