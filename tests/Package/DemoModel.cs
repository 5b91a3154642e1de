using System.Runtime.CompilerServices;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Package;

/// <summary>The demo's digits, compiled once for all tests of a class.</summary>
public sealed class DemoModel : IAsyncLifetime
{
    public static string Folder { get; } = Path.Combine(Root(), "assets", "demo");

    public SampleSet Images { get; } = SampleReader.Read(Path.Combine(Folder, "digits-images.idx3-ubyte.gz"));

    public int[] Labels { get; } = SampleReader.ReadLabels(Path.Combine(Folder, "digits-labels.idx1-ubyte.gz"));

    public BlindsightModel Model { get; private set; } = null!;

    public static string File(string name) => Path.Combine(Folder, name);

    public static SampleSet Calibration() => SampleReader.Read(File("calibration-images.idx3-ubyte.gz"));

    public async Task InitializeAsync() => Model = await BlindsightModel.CompileAsync(File("digits.onnx"), Calibration());

    /// <summary>The model for two servers without a dealer.</summary>
    public static Task<BlindsightModel> Outsourced() => BlindsightModel.CompileAsync(File("digits.onnx"), Calibration(), new CompileOptions
    {
        Deployment = DeploymentKinds.TwoServers, Comparison = ComparisonKinds.Of(DeploymentKinds.TwoServers)[^1],
        Card = ModelCard.Read(ModelCard.Beside(File("digits.onnx"))),
    });

    public Task DisposeAsync() => Task.CompletedTask;

    internal static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
