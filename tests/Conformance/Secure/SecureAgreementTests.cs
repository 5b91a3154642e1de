using System.Diagnostics;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Harness;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Secure;

/// <summary>
/// Secure inference on the public models, real encryption and transfers throughout: every step's reconstructed output is within
/// one unit of the clear reference run on that step's reconstructed inputs.
/// </summary>
public sealed class SecureAgreementTests(ITestOutputHelper output)
{
    private const int CalibrationRows = 8;

    [DataTheory]
    [InlineData("falcon_minionn_mnist")]
    [InlineData("falcon_secureml_mnist")]
    [InlineData("convnet_maxpool_mnist")]
    [InlineData("mnist_cntk_opset7")]
    [InlineData("mnistfc_256x2")]
    [InlineData("cryptonets_mnist_square")]
    [InlineData("cifar10_resnet20_native_bn")]
    [InlineData("cifar10_resnet20_native_fused")]
    [InlineData("cifar10_resnet20_convshortcut_bn")]
    [InlineData("cifar10_resnet20_convshortcut_fused")]
    [InlineData("cifar10_resnet32_native_bn")]
    [InlineData("delphi_minionn_cifar10_relu6")]
    [InlineData("delphi_minionn_cifar10_relu6_nchw")]
    [InlineData("mlperftiny_resnet8_cifar10")]
    [InlineData("vnncomp_resnet_2b")]
    [InlineData("marabou_cifar10_small")]
    [InlineData("oval21_cifar_base_kw")]
    [InlineData("iris_mlp_winml")]
    [InlineData("acasxu/ACASXU_run2a_1_1_batch_2000")]
    public void Every_step_agrees_with_the_clear_reference(string name) => Agrees(name);

    [LongTheory]
    [InlineData("mlperftiny_vww_mobilenet_v1_0.25_96")]
    [InlineData("imagenet_mobilenet_v1_0.25_128")]
    [InlineData("imagenet_squeezenet1.1_logits_opset13")]
    [InlineData("imagenet_mobilenet_v2_1.0_224")]
    public void Every_step_of_larger_networks_agrees_with_the_clear_reference(string name) => Agrees(name);

    private void Agrees(string name)
    {
        PublicModel model = PublicModel.Named(name);
        Graph graph = model.Load();
        CompiledModel compiled = PlanCompiler.Compile(
            graph, model.Rows(graph, test: false, 0, CalibrationRows), new CompileOptions { Card = model.Card });
        Stopwatch watch = Stopwatch.StartNew();
        Harness.Sessions.Outcome outcome = Harness.Sessions.Run(compiled.Model, model.Rows(graph, test: true, model.FirstTestRow, 1));
        output.WriteLine($"{name}: {watch.Elapsed.TotalSeconds:F1} s in all, online {outcome.Client.Online.Seconds:F2} s, "
            + $"{(outcome.Client.Offline.Bytes + outcome.Client.Online.Bytes) / 1e6:F1} MB, {outcome.Client.Online.Rounds} rounds online");
        Assert.Empty(outcome.Agreement.Faults);
    }
}
