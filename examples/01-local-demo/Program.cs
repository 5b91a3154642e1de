// Both parties in one process: what does the model answer, and what does privacy cost?
// Run from the repository's root: dotnet run -c Release --project examples/01-local-demo
using Blindsight;
using Blindsight.Compiler.Inputs;
using Blindsight.Inference.Sessions;

SampleSet calibration = SampleReader.Read("assets/demo/calibration-images.idx3-ubyte.gz");
SampleSet images = SampleReader.Read("assets/demo/digits-images.idx3-ubyte.gz");
BlindsightModel model = await BlindsightModel.CompileAsync("assets/demo/digits.onnx", calibration);
await using LocalInference inference = await LocalInference.StartAsync(model);
for (int row = 0; row < 3; row++) Console.WriteLine($"row {row}: {await inference.PredictAsync(images, row)}");

SessionReport report = await inference.ReportAsync();
Console.WriteLine($"{report.Rows} rows: offline {report.Offline.Seconds:f2} s, online {report.Online.Seconds:f2} s, "
    + $"{(report.Offline.Bytes + report.Online.Bytes) / 1e6:f1} MB, {report.Online.Rounds} rounds online");
