using System.Buffers.Binary;
using System.Diagnostics;

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

    private Process Start(string output)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "blindsight.dll");
        string[] arguments =
        [
            program, "train", "m1", "--images", At("images.idx"), "--labels", At("labels.idx"), "--out", At(output),
            "--classes", $"{Classes}", "--epochs", "4", "--batch", "16", "--checkpoint-seconds", "0.05",
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
