// A hospital asks a model about patients without showing them: trains a network on a table, makes its plan, serves it, and predicts rows in one batch.
// dotnet run -c Release --project examples/06-medical-table -- TABLE.csv
// The table is the Wisconsin diagnostic breast cancer data set (Wolberg, Mangasarian, Street, Street, 1993; UCI machine learning repository, CC BY 4.0), with a
// header: an identifier, Diagnosis (M or B), thirty numbers. It is no part of this repository.
using Blindsight;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Training;
using Blindsight.Training.Data;
using Blindsight.Training.Export;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

if (args.Length != 1 || !File.Exists(args[0]))
{
    Console.Error.WriteLine("Name the table: dotnet run -c Release --project examples/06-medical-table -- TABLE.csv");
    return 2;
}
const int Every = 4, Asked = 32;
string[] header = File.ReadLines(args[0]).First().Split(','), features = header[2..], classes = ["B", "M"];
SampleSet table = SampleReader.Read(args[0], new CsvColumns(features, Label: header[1], classes));

// Every fourth patient is a test patient. The others say how numbers become bytes: their range, feature by feature, is 0 to 255. It is public, as the plan.
int[] trainRows = [.. Enumerable.Range(0, table.Count).Where(row => row % Every != 0)];
int[] testRows = [.. Enumerable.Range(0, table.Count).Where(row => row % Every == 0)];
(float Low, float High)[] ranges = [.. Enumerable.Range(0, features.Length).Select(feature =>
    (trainRows.Min(row => table.Row(row)[feature]), trainRows.Max(row => table.Row(row)[feature])))];
byte[] Bytes(IEnumerable<int> rows) => [.. rows.SelectMany(row => table.Row(row).Zip(ranges,
    (value, range) => (byte)Math.Clamp(255 * (value - range.Low) / (range.High - range.Low), 0, 255)))];

// The model's owner trains, exports ONNX, compiles a plan, and serves.
LabelledImages patients = new(new FeatureShape(1, 1, features.Length), Bytes(trainRows), [.. trainRows.Select(row => table.Labels![row])],
    classes.Length, InputCard.None);
Network network = Architectures.Create("m1", patients.Shape, classes.Length, seed: 1);
Trainer.Train(network, patients, new TrainingOptions { Epochs = 60, BatchImages = 32, LearningRate = 0.05f });
string folder = Directory.CreateTempSubdirectory("blindsight-example-").FullName, path = Path.Combine(folder, "tumours.onnx");
using (FileStream file = File.Create(path)) OnnxExporter.Write(network, "tumours", file);
File.WriteAllText(Path.ChangeExtension(path, ".yaml"), "classes: classes.txt\n");
File.WriteAllText(Path.Combine(folder, "classes.txt"), "benign\nmalignant\n");
BlindsightModel model = await BlindsightModel.CompileAsync(path, Set(trainRows));
Directory.Delete(folder, recursive: true);
await using BlindsightServer server = await BlindsightServer.StartAsync(model, "127.0.0.1:0", ServerOptions.Insecure);
Console.WriteLine($"{table.Count} patients, {trainRows.Length} of them to train on; {model.Plan.Model} listens at {server.Address}");

// The hospital asks. The batch shares the round trips.
await using BlindsightClient client = await BlindsightClient.ConnectAsync(server.Address!, ClientOptions.Insecure);
int[] asked = testRows[..Math.Min(Asked, testRows.Length)];
IReadOnlyList<Prediction> predictions = await client.PredictAsync(Set(asked), Enumerable.Range(0, asked.Length));
for (int i = 0; i < 3; i++) Console.WriteLine($"row {asked[i]}: {predictions[i]}");
int right = asked.Where((row, i) => predictions[i].Label == table.Labels![row]).Count();
SessionReport report = await client.ReportAsync();
Console.WriteLine($"{right} of {asked.Length} test patients are right; {(report.Offline + report.Online).Seconds:f2} s and "
    + $"{(report.Offline + report.Online).Bytes / 1e6:f1} MB for all of them");
return 0;

SampleSet Set(int[] rows) => new(args[0], rows.Length, [1, 1, features.Length], Bytes(rows), null);
