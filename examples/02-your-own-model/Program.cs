// Your own ONNX model: can it run privately, what does fixed point cost in accuracy, and which layer costs most?
// dotnet run -c Release --project examples/02-your-own-model -- MODEL.onnx CALIBRATION INPUT
// CALIBRATION holds typical inputs without labels and INPUT those to predict: .npy, IDX, CIFAR-10 .bin, .csv or .png. Without arguments: the demo's files.
using Blindsight;
using Blindsight.Compiler;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Inputs;
using Blindsight.Inference.Sessions;

string[] files = args.Length == 3 ? args
    : ["assets/demo/digits.onnx", "assets/demo/calibration-images.idx3-ubyte.gz", "assets/demo/digits-images.idx3-ubyte.gz"];
BlindsightModel model;
try
{
    model = await BlindsightModel.CompileAsync(files[0], SampleReader.Read(files[1]), progress: new Stages());
}
catch (GraphException unsupported)
{
    Console.Error.WriteLine($"This model cannot run privately: {unsupported.Message}");
    return 1;
}
Console.WriteLine($"{model.Plan.Model}: {model.Plan.Steps.Length} steps, fixed point deviates by {model.OutputError:p2} of the outputs");

// The plan is public and can be kept: loading the model under it skips the calibration.
string plan = Path.Combine(Directory.CreateTempSubdirectory("blindsight-example-").FullName, "model.plan");
model.WritePlan(plan);
await using LocalInference inference = await LocalInference.StartAsync(BlindsightModel.Load(files[0], plan));
Directory.Delete(Path.GetDirectoryName(plan)!, recursive: true);

Prediction prediction = await inference.PredictAsync(SampleReader.Read(files[2]), row: 0);
Console.WriteLine($"row 0: {prediction}");
SessionReport report = await inference.ReportAsync();
foreach (LayerCost layer in report.Layers.OrderByDescending(layer => layer.Offline.Seconds + layer.Online.Seconds).Take(3))
    Console.WriteLine($"{layer.Name} ({layer.Kind}): {layer.Offline.Seconds + layer.Online.Seconds:f3} s, {layer.Offline.Bytes + layer.Online.Bytes:n0} bytes");
return 0;

/// <summary>Says each stage once.</summary>
internal sealed class Stages : IProgress<CompileProgress>
{
    private string _last = "";

    public void Report(CompileProgress value)
    {
        if (value.Stage != _last) Console.WriteLine($"{_last = value.Stage} ...");
    }
}
