using System.Collections.Immutable;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Sessions;

namespace Blindsight.Unit.Inference.Costs;

public sealed class CostModelTests
{
    private static readonly LinkSpeed Wan = new(400e6, 20);

    public static TheoryData<string, int, bool> Plans => new()
    {
        { "every step", 1, false }, { "every step", 3, false }, { "every step", 1, true }, { "every step", 2, true },
        { "many transfers", 1, false }, { "many transfers", 1, true },
        { "ccsi", 1, false }, { "csik", 1, true }, { "ssss", 1, false }, { "iiik", 1, false }, { "one layer", 1, false }, { "one layer", 5, true },
    };

    public static TheoryData<string, bool> Networks => new()
    {
        { "falcon_minionn_mnist", false }, { "falcon_minionn_mnist", true }, { "mnist_cntk_opset7", false }, { "mnist_cntk_opset7", true },
        { "cryptonets_mnist_square", false }, { "delphi_minionn_cifar10_relu6_nchw", false }, { "delphi_minionn_cifar10_relu6_nchw", true },
        { "mlperftiny_resnet8_cifar10", false }, { "cifar10_resnet20_convshortcut_fused", false }, { "cifar10_resnet20_convshortcut_fused", true },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void Bytes_and_rounds_of_every_step_are_what_a_session_counts(string name, int rows, bool garbled)
    {
        QuantizedModel model = name switch
        {
            "every step" => SmallPlan.OfEveryStep(), "many transfers" => SmallPlan.OfManyTransfers(), "one layer" => SmallPlan.OfOneLayer(released: true),
            _ => SmallPlan.OfManyTransfers(name),
        };
        if (garbled) model = SmallPlan.Garbled(model);
        FloatTensor[][] inputs = name switch
        {
            "every step" => SmallPlan.Rows(rows), not "one layer" => SmallPlan.Images(rows),
            _ => [.. Enumerable.Range(0, rows).Select(_ => new[] { new FloatTensor([1, 4], [.1f, .2f, .3f, .4f]) })],
        };
        AssertCounted(model, inputs);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Bytes_and_rounds_of_networks_are_what_a_session_counts(string name, bool garbled)
    {
        PublicModel model = PublicModel.Named(name);
        Graph graph = model.Load();
        FloatTensor[][] rows = model.Rows(graph, test: false, 0, 4);
        QuantizedModel quantized = PlanCompiler.Compile(graph, rows,
            new CompileOptions { Card = model.Card, Comparison = garbled ? ComparisonKinds.Garbled : ComparisonKinds.Transfers }).Model;
        AssertCounted(quantized, rows[..1]);
    }

    [Fact]
    public void Predictions_repeat_and_a_slower_link_adds_delay_and_serialisation()
    {
        InferencePlan plan = SmallPlan.OfManyTransfers().Plan;
        CostModel model = new(MachineCosts.Nominal);
        SessionReport near = model.Predict(plan, LinkSpeed.None), far = model.Predict(plan, Wan);
        Assert.Equal(near.Layers.ToArray(), model.Predict(plan, LinkSpeed.None).Layers.ToArray());
        Assert.Equal((near.Online.Bytes, near.Online.Rounds), (far.Online.Bytes, far.Online.Rounds));
        double added = far.Online.Seconds - near.Online.Seconds;
        Assert.InRange(added, near.Online.Rounds * 0.020 * 0.9, near.Online.Rounds * 0.020 + 8 * near.Online.Bytes / Wan.BitsPerSecond + 0.02);
    }

    [Fact]
    public void Parts_add_up_to_phases()
    {
        SessionReport report = new CostModel(MachineCosts.Nominal).Predict(SmallPlan.OfEveryStep().Plan, Wan);
        PhaseCost offline = report.Layers.Aggregate(report.Setup, (sum, layer) => sum + layer.Offline);
        Assert.Equal((report.Offline.Bytes, report.Offline.Rounds), (offline.Bytes, offline.Rounds));
        Assert.Equal(report.Offline.Seconds, offline.Seconds, 1e-12);
        Assert.Equal(report.Online.Seconds, report.Layers.Sum(layer => layer.Online.Seconds), 1e-12);
    }

    private static void AssertCounted(QuantizedModel model, FloatTensor[][] rows)
    {
        SessionReport counted = Harness.Sessions.Run(model, rows).Client;
        SessionReport predicted = new CostModel(MachineCosts.Nominal).Predict(model.Plan, Wan, rows.Length);
        Assert.Equal(Traffic("setup", counted.Setup), Traffic("setup", predicted.Setup));
        for (int i = 0; i < counted.Layers.Length; i++)
        {
            LayerCost expected = counted.Layers[i], actual = predicted.Layers[i];
            Assert.Equal(Traffic($"{expected.Name} offline", expected.Offline), Traffic($"{actual.Name} offline", actual.Offline));
            Assert.Equal(Traffic($"{expected.Name} online", expected.Online), Traffic($"{actual.Name} online", actual.Online));
        }
        Assert.Equal(Traffic("offline", counted.Offline), Traffic("offline", predicted.Offline));
        Assert.Equal(Traffic("online", counted.Online), Traffic("online", predicted.Online));
    }

    private static (string, long, long, long) Traffic(string name, PhaseCost cost) => (name, cost.Rounds, cost.BytesSent, cost.BytesReceived);
}
