// The planner: which channels can do without ReLU, at what price in accuracy? On a small task that this program draws itself, so that it takes seconds.
// 'blindsight plan' does the same for real models, with prices for every layer, checkpoints, a report and a picture (docs/PLANNING.md).
// dotnet run -c Release --project examples/05-planner
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Sessions;
using Blindsight.Training;
using Blindsight.Training.Activations;
using Blindsight.Training.Data;
using Blindsight.Training.Export;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

const int Side = 12, Classes = 3;
string folder = Directory.CreateTempSubdirectory("blindsight-example-").FullName;
(LabelledImages train, LabelledImages rest) = Stripes(1536).HoldOut(3);
(LabelledImages validation, LabelledImages test) = rest.HoldOut(2);

// A model that somebody has trained, as an ONNX file.
Network network = Architectures.Create("m1", train.Shape, Classes, seed: 1);
Trainer.Train(network, train, new TrainingOptions { Epochs = 3, BatchImages = 64 });
(Graph graph, InferencePlan plan) = Compiled(network, "trained.onnx");
PlannableModel model = new(graph, train, threads: 1);

// What its ReLUs cost on a link of 400 Mbit/s and 20 ms each way, as predicted from the plan. In so small a layer it is round trips, which the first
// channel of ReLU pays; a square takes one.
CostModel costs = new(MachineCosts.Nominal);
SessionReport predicted = Predict(plan);
double all = Seconds(predicted);
double[] relus = [.. predicted.Layers.Where(layer => layer.Kind == "relu").Select(layer => layer.Offline.Seconds + layer.Online.Seconds)];
Console.WriteLine($"predicted: {all:f3} s, of which {relus.Sum():f3} s for {relus.Length} layers of ReLU");
ActivationPrices prices = new(all - relus.Sum(), [.. relus.Zip(model.Activations, (seconds, shape) =>
{
    double channel = 0.1 * seconds / shape.Channels;
    return new LayerPrices(Exact: 0.9 * seconds, Square: 0.3 * seconds, [0, 0, 0.1 * channel, 2 * seconds, channel]);
})]);

PlanningResult result = ActivationPlanner.Plan(model, train, validation, prices, new PlanningOptions
{
    Folder = Path.Combine(folder, "work"), BudgetSeconds = all - 0.4 * relus.Sum(), AdaptationEpochs = 1, Stages = 1, StageEpochs = 2, FinalEpochs = 2,
    EstimationImages = 256, Training = new() { LearningRate = 0.01f, BatchImages = 64, GradientNormMax = 2, DistillationShare = 0.9f },
});
foreach (PlanningPoint point in result.Front())
    Console.WriteLine($"{point.Name}: {point.Seconds:f3} s, {point.Replaced:p0} of ReLUs replaced, {point.Accuracy:p1} of the validation images right");

// The result is standard ONNX again, and compiles like any model.
InferencePlan planned = Compiled(result.Network, "planned.onnx").Plan;
Console.WriteLine($"planned: {Seconds(Predict(planned)):f3} s predicted, {Accuracy.Correct(result.Network, test, 1)} of {test.Count} test images right "
    + $"(before: {Accuracy.Correct(network, test, 1)})");
Directory.Delete(folder, recursive: true);

(Graph Graph, InferencePlan Plan) Compiled(Network trained, string name)
{
    string path = Path.Combine(folder, name);
    using (FileStream file = File.Create(path)) OnnxExporter.Write(trained, name, file);
    Graph imported = OnnxImporter.Load(path);
    FloatTensor[][] rows = [.. Enumerable.Range(0, 32).Select(image => new[] { Input(imported, train.PixelsOf(image)) })];
    return (imported, PlanCompiler.Compile(imported, rows, new CompileOptions()).Plan);
}

SessionReport Predict(InferencePlan of) => costs.Predict(of, new LinkSpeed(400e6, 20));

static double Seconds(SessionReport report) => report.Offline.Seconds + report.Online.Seconds;

static FloatTensor Input(Graph graph, ReadOnlySpan<byte> pixels)
{
    float[] values = new float[pixels.Length];
    for (int i = 0; i < values.Length; i++) values[i] = pixels[i] / 255f;
    return new(graph.Shapes[graph.Inputs[0]], values);
}

// Noisy stripes: across, down, or slanted.
static LabelledImages Stripes(int count)
{
    Random random = new(5);
    byte[] pixels = new byte[count * Side * Side];
    int[] labels = new int[count];
    for (int image = 0; image < count; image++)
    {
        labels[image] = random.Next(Classes);
        int shift = random.Next(4);
        for (int i = 0; i < Side * Side; i++)
        {
            int along = labels[image] switch { 0 => i / Side, 1 => i % Side, _ => i / Side + i % Side };
            pixels[image * Side * Side + i] = (byte)Math.Clamp(((along + shift) % 4 < 2 ? 160 : 96) + random.Next(-90, 91), 0, 255);
        }
    }
    return new(new FeatureShape(1, Side, Side), pixels, labels, Classes, InputCard.None);
}
