using System.Diagnostics;
using System.Text.Json;
using System.Xml.Linq;
using Blindsight.Compiler.Onnx;
using Blindsight.Harness;

namespace Blindsight.EndToEnd.Training;

/// <summary>`blindsight plan` as a process of its own, on images whose class is the brightest column.</summary>
public sealed class PlanCommandTests : Workspace
{
    private const int Images = 3000, Side = 12, Classes = 4;
    private static readonly string[] Short = ["--adapt-epochs", "1", "--stages", "2", "--stage-epochs", "1", "--final-epochs", "1", "--no-flip"];

    public PlanCommandTests()
    {
        Random random = new(1);
        byte[] pixels = new byte[Images * Side * Side], labels = new byte[Images];
        random.NextBytes(pixels);
        for (int image = 0; image < Images; image++)
        {
            labels[image] = (byte)(image * Classes / Images);
            for (int y = 0; y < Side; y++) pixels[(image * Side + y) * Side + 2 + 2 * labels[image]] = 255;
        }
        File("images.idx", SampleFiles.Idx(pixels, Images, Side, Side));
        File("labels.idx", SampleFiles.Idx(labels, Images));
        Done(Tool.Run("train", "m1", "--images", File("images.idx"), "--labels", File("labels.idx"), "--classes", $"{Classes}",
            "--epochs", "2", "--batch", "32", "--out", File("model.onnx")));
    }

    [Fact]
    public void A_model_is_planned_compiled_reported_and_runs_securely()
    {
        Tool.Outcome planned = Done(Tool.Run(Arguments(
            "fast.onnx", "--max-loss", "20", "--link", "wan", "--test", File("images.idx"), "--test-labels", File("labels.idx"))));
        Assert.Contains("wrote", planned.Output);
        Assert.Equal(["fast.json", "fast.onnx", "fast.plan", "fast.svg", "images.idx", "labels.idx", "model.onnx"], Names());
        using JsonDocument report = JsonDocument.Parse(System.IO.File.ReadAllText(File("fast.json")));
        JsonElement root = report.RootElement;
        Assert.Equal("channel", root.GetProperty("mode").GetString());
        Assert.Equal(2, root.GetProperty("layers").GetArrayLength());
        Assert.Equal(5, root.GetProperty("points").GetArrayLength());
        Assert.InRange(root.GetProperty("test").GetProperty("correct").GetInt32(), (int)(0.7 * Images), Images);
        Assert.True(root.GetProperty("chosen").GetProperty("replaced").GetDouble() > 0);
        double Total(string name) => root.GetProperty(name).GetProperty("total").GetDouble();
        Assert.True(Total("after") < Total("before"));
        Assert.Equal(5, XDocument.Load(File("fast.svg")).Root!.Elements().Count(element => element.Name.LocalName == "circle"));
        Tool.Outcome run = Done(Tool.Run("run", File("fast.onnx"), "--plan", File("fast.plan"), "--input", File("images.idx"), "--rows", "7-7"));
        Assert.Contains("fixed point", run.Output);
    }

    [Fact]
    public void A_killed_run_resumes_to_the_same_bytes()
    {
        Done(Tool.Run(Arguments("whole.onnx", "--budget", "0.001")));
        Process killed = Tool.Start(Arguments("fast.onnx", "--budget", "0.001"));
        string stage = Path.Combine(File("fast.onnx.work"), "channel-stage-1.weights");
        for (Stopwatch waited = Stopwatch.StartNew(); !System.IO.File.Exists(stage); Thread.Sleep(1))
            Assert.True(!killed.HasExited && waited.Elapsed < TimeSpan.FromSeconds(120), "no stage was finished");
        killed.Kill();
        killed.WaitForExit();
        Done(Tool.Run(Arguments("fast.onnx", "--budget", "0.001")));
        Assert.Equal(Constants("whole.onnx"), Constants("fast.onnx"));
        Assert.False(Directory.Exists(File("fast.onnx.work")));
    }

    [Fact]
    public void What_cannot_be_planned_is_refused_in_one_sentence()
    {
        Tool.Outcome outcome = Tool.Run(Arguments("fast.onnx", "--budget", "-1"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("budget", outcome.Complaint);
        Assert.DoesNotContain("fast.onnx", Names());
    }

    private string[] Arguments(string output, params string[] options) =>
    [
        "plan", File("model.onnx"), "--train", File("images.idx"), "--train-labels", File("labels.idx"), "--out", File(output), .. Short, .. options,
    ];

    private IEnumerable<float> Constants(string model) => OnnxImporter.Load(File(model)).Constants
        .OrderBy(item => item.Key, StringComparer.Ordinal).SelectMany(item => item.Value.Data);

    private static Tool.Outcome Done(Tool.Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome;
    }
}
