using System.Buffers.Binary;
using System.Diagnostics;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;

namespace Blindsight.EndToEnd.Training;

/// <summary>`blindsight train` as a process of its own, on images whose class is the brightest column.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private const int Images = 3000, Side = 12, Classes = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-train").FullName;

    public TrainCommandTests()
    {
        Random random = new(1);
        byte[] pixels = new byte[Images * Side * Side], labels = new byte[Images];
        random.NextBytes(pixels);
        for (int image = 0; image < Images; image++)
        {
            labels[image] = (byte)random.Next(Classes);
            for (int y = 0; y < Side; y++) pixels[(image * Side + y) * Side + 2 + 2 * labels[image]] = 255;
        }
        WriteIdx("images.idx", pixels, Images, Side, Side);
        WriteIdx("labels.idx", labels, Images);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_killed_run_resumes_to_the_same_bytes()
    {
        Assert.Equal((0, ""), Finish(Start("whole.onnx")));
        byte[] whole = File.ReadAllBytes(At("whole.onnx"));

        Process killed = Start("model.onnx");
        for (Stopwatch waited = Stopwatch.StartNew(); !File.Exists(At("model.onnx.checkpoint")); Thread.Sleep(1))
            Assert.True(!killed.HasExited && waited.Elapsed < Limit, "no checkpoint appeared");
        killed.Kill();
        killed.WaitForExit();
        Assert.False(File.Exists(At("model.onnx")));

        Assert.Equal((0, ""), Finish(Start("model.onnx")));
        Assert.Equal(whole, File.ReadAllBytes(At("model.onnx")));
        Assert.Equal(["images.idx", "labels.idx", "model.onnx", "whole.onnx"], Entries());
    }

    [Fact]
    public void A_failure_is_one_sentence_and_leaves_no_file()
    {
        File.WriteAllText(At("images.idx"), "not images");
        (int code, string errors) = Finish(Start("model.onnx"));
        Assert.NotEqual(0, code);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains("images.idx", errors, StringComparison.Ordinal);
        Assert.Equal(["images.idx", "labels.idx"], Entries());
    }

    [Fact]
    public void A_file_gives_its_layers_and_on_request_its_weights()
    {
        Assert.Equal((0, ""), Finish(Start("first.onnx")));
        string[] options = ["--optimizer", "adam", "--flip", "--weight-decay", "0.01", "--epochs", "1", "--learning-rate", "1e-9"];
        Assert.Equal((0, ""), Finish(Start("fresh.onnx", [At("first.onnx"), .. options])));
        Assert.Equal((0, ""), Finish(Start("kept.onnx", [At("first.onnx"), "--keep-weights", .. options])));
        // At a rate of next to nothing kept weights stay near the file's and fresh ones where they were drawn.
        Assert.InRange(Distance("first.onnx", "kept.onnx"), 0, 1e-3);
        Assert.True(Distance("first.onnx", "fresh.onnx") > 0.1);
        Assert.NotEqual(0, Finish(Start("none.onnx", ["m1", "--keep-weights"])).Code);
    }

    /// <summary>The root of the mean square of the differences between the first dense layers' weights.</summary>
    private double Distance(string left, string right)
    {
        float[] a = FirstWeights(left), b = FirstWeights(right);
        return Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average());
    }

    private float[] FirstWeights(string file)
    {
        Graph graph = OnnxImporter.Load(At(file));
        return graph.Constants[graph.Nodes.First(node => node.Operator is MatMulOperator).Inputs[1]].Data;
    }

    private Process Start(string output, params string[] chosen)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "blindsight.dll");
        string[] arguments =
        [
            program, "train", .. chosen.Length > 0 ? chosen : ["m1", "--epochs", "4"],
            "--images", At("images.idx"), "--labels", At("labels.idx"), "--out", At(output),
            "--classes", $"{Classes}", "--batch", "16", "--checkpoint-seconds", "0.05",
        ];
        return Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
    }

    private static (int Code, string Errors) Finish(Process process)
    {
        using (process)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill();
                Assert.Fail("the command did not end");
            }
            return (process.ExitCode, errors.Result);
        }
    }

    private void WriteIdx(string name, byte[] content, params ReadOnlySpan<int> shape)
    {
        byte[] head = new byte[4 + 4 * shape.Length];
        head[2] = 8;
        head[3] = (byte)shape.Length;
        for (int axis = 0; axis < shape.Length; axis++) BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4 + 4 * axis), shape[axis]);
        File.WriteAllBytes(At(name), [.. head, .. content]);
    }

    private string[] Entries() =>
        [.. Directory.EnumerateFiles(_folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private string At(string name) => Path.Combine(_folder, name);
}
