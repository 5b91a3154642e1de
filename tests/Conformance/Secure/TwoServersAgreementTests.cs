using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Secure;

/// <summary>
/// Public models between two servers, with a dealer or, by transfers, without anybody else, weights secret to both: every step's reconstructed output is
/// within the plan's deviation of the clear reference run on that step's reconstructed inputs, and traffic is what the steps state.
/// </summary>
public sealed class TwoServersAgreementTests(ITestOutputHelper output)
{
    private const int CalibrationRows = 8, Queries = 3;

    [DataTheory]
    [InlineData("falcon_minionn_mnist", "Tables")]
    [InlineData("falcon_minionn_mnist", "Functions")]
    [InlineData("cifar10_resnet20_convshortcut_fused", "Tables")]
    [InlineData("cifar10_resnet20_convshortcut_fused", "Functions")]
    [InlineData("cifar10_resnet20_convshortcut_fused", "Prefix")]
    [InlineData("mnist_cntk_opset7", "Tables")]
    [InlineData("cryptonets_mnist_square", "Tables")]
    [InlineData("delphi_minionn_cifar10_relu6", "Tables")]
    [InlineData("iris_mlp_winml", "Functions")]
    [InlineData("falcon_minionn_mnist", "Transfers")]
    [InlineData("cifar10_resnet20_convshortcut_fused", "Transfers")]
    [InlineData("cryptonets_mnist_square", "Transfers")]
    [InlineData("delphi_minionn_cifar10_relu6", "Transfers")]
    [InlineData("mnist_cntk_opset7", "Transfers")]
    public void Every_step_agrees_with_the_clear_reference(string name, string method) => Agrees(name, method);

    [LongTheory]
    [InlineData("imagenet_squeezenet1.1_logits_opset13", "Tables")]
    [InlineData("imagenet_mobilenet_v2_1.0_224", "Tables")]
    [InlineData("imagenet_squeezenet1.1_logits_opset13", "Transfers")]
    [InlineData("imagenet_mobilenet_v2_1.0_224", "Transfers")]
    public void Every_step_of_larger_networks_agrees_with_the_clear_reference(string name, string method) => Agrees(name, method);

    private void Agrees(string name, string method)
    {
        PublicModel model = PublicModel.Named(name);
        Graph graph = model.Load();
        CompiledModel compiled = PlanCompiler.Compile(
            graph, model.Rows(graph, test: false, 0, CalibrationRows), new CompileOptions { Card = model.Card });
        FloatTensor[] row = model.Rows(graph, test: true, model.FirstTestRow, 1)[0];
        TwoServersRun.Outcome outcome = TwoServersRun.Run(
            compiled.Model, Enum.Parse<ComparisonMethod>(method), [.. Enumerable.Repeat(row, Queries)], timeoutMs: 300_000);
        output.WriteLine($"{name}, {method}: online {outcome.OnlineSeconds.Min() * 1000:F1} ms at best of {Queries}, {outcome.Online.Bytes / 1e6:F3} MB, "
            + $"{outcome.Online.Rounds} rounds; prepared in {outcome.PrepareSeconds * 1000:F1} ms by {outcome.Prepared.Bytes / 1e6:F3} MB, "
            + $"{outcome.Prepared.Rounds} rounds; dealt {outcome.DealtFirst / 1e6 / Queries:F3} and "
            + $"{outcome.DealtSecond / 1e6 / Queries:F3} MB in {outcome.DealtSeconds * 1000 / Queries:F1} ms a query");
        Assert.Empty(outcome.Agreement.Faults);
        Assert.True(outcome.CostsWhatIsStated, $"{outcome.Stated} stated, {outcome.Online} sent");
    }
}
