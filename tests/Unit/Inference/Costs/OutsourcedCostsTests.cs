using Blindsight.Arithmetic;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Costs.Measuring;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Sessions;
using Blindsight.Tests;

namespace Blindsight.Unit.Inference.Costs;

public sealed class OutsourcedCostsTests
{
    private static readonly LinkSpeed Wan = new(400e6, 20);

    [Theory]
    [InlineData("tables", true)]
    [InlineData("fss", true)]
    [InlineData("prefix", true)]
    [InlineData("sonic", false)]
    public void Bytes_and_rounds_are_what_servers_and_dealer_count(string comparison, bool everyStep)
    {
        AssertCounted(TwoServersTrial.Outsourced(SmallPlan.OfManyTransfers(), comparison), SmallPlan.Images(1)[0]);
        if (!everyStep) return;
        AssertCounted(TwoServersTrial.Outsourced(OutsourcedPlan.Create(), comparison), OutsourcedPlan.Rows(1)[0]);
        AssertCounted(TwoServersTrial.Outsourced(ActivationPlan.Create(), comparison), ActivationPlan.Rows(1)[0]);
    }

    [DataTheory]
    [InlineData("falcon_minionn_mnist", "tables")]
    [InlineData("falcon_minionn_mnist", "sonic")]
    [InlineData("cifar10_resnet20_convshortcut_fused", "fss")]
    [InlineData("cifar10_resnet20_convshortcut_fused", "sonic")]
    public void Bytes_and_rounds_of_networks_are_what_servers_and_dealer_count(string name, string comparison)
    {
        PublicModel model = PublicModel.Named(name);
        Graph graph = model.Load();
        FloatTensor[][] rows = model.Rows(graph, test: false, 0, 4);
        CompileOptions options = new() { Card = model.Card, Deployment = DeploymentKinds.TwoServers, Comparison = comparison };
        AssertCounted(PlanCompiler.Compile(graph, rows, options).Model, rows[0]);
    }

    [Fact]
    public void A_slower_link_adds_a_delay_a_round_and_serialisation()
    {
        InferencePlan plan = TwoServersTrial.Outsourced(SmallPlan.OfManyTransfers(), "tables").Plan;
        CostModel model = new(MachineCosts.Nominal);
        SessionReport near = model.Predict(plan, LinkSpeed.None), far = model.Predict(plan, Wan);
        Assert.Equal((near.Online.Bytes, near.Online.Rounds, near.Offline.Bytes), (far.Online.Bytes, far.Online.Rounds, far.Offline.Bytes));
        double serialised = 8.0 * near.Online.BytesSent / Wan.BitsPerSecond, added = far.Online.Seconds - near.Online.Seconds;
        Assert.InRange(added, near.Online.Rounds * 0.020 + 0.9 * serialised, near.Online.Rounds * 0.020 + serialised + 0.005);
        Assert.Equal(far.Online.Seconds, far.Layers.Sum(layer => layer.Online.Seconds), 1e-12);
        Assert.Equal(far.Offline.Seconds, far.Setup.Seconds + far.Layers.Sum(layer => layer.Offline.Seconds), 1e-12);
    }

    [Fact]
    public void Plans_without_a_dealer_are_refused() => Assert.Contains("with a dealer", Assert.Throws<ParameterException>(() =>
        new CostModel(MachineCosts.Nominal).Predict(TwoServersTrial.Outsourced(SmallPlan.OfManyTransfers(), "ot").Plan, Wan)).Message);

    [Fact]
    public void Functions_compute_more_and_wait_less()
    {
        CostModel model = new(MachineCosts.Nominal);
        SessionReport Of(string comparison, LinkSpeed link) =>
            model.Predict(TwoServersTrial.Outsourced(SmallPlan.OfManyTransfers(), comparison).Plan, link);
        Assert.True(Of("fss", LinkSpeed.None).Online.Seconds > Of("tables", LinkSpeed.None).Online.Seconds);
        Assert.True(Of("fss", Wan).Online.Seconds < Of("tables", Wan).Online.Seconds);
    }

    [Fact]
    public void Every_kind_of_work_between_two_servers_can_be_measured()
    {
        Dictionary<Work, WorkCost> costs = [];
        OutsourcedTimes.Products(costs);
        OutsourcedTimes.Selections(costs);
        Assert.Equal(Enum.GetValues<Work>().Where(work => work is >= Work.SharedProduct and <= Work.AddersDealt), costs.Keys.Order());
        Assert.All(costs.Values, cost => Assert.InRange(cost.Of(1e6, 16), 1, 1e11));
    }

    private static void AssertCounted(QuantizedModel model, FloatTensor[] row)
    {
        using TwoServersTrial trial = new(model);
        TwoServersReport counted = trial.Run(row);
        SessionReport predicted = new CostModel(MachineCosts.Nominal).Predict(model.Plan, Wan);
        Assert.Equal((counted.Online.Bytes, counted.Online.Rounds), (predicted.Online.Bytes, predicted.Online.Rounds));
        Assert.Equal((counted.DealtFirst, counted.DealtSecond), (predicted.Offline.BytesSent, predicted.Offline.BytesReceived));
    }
}
