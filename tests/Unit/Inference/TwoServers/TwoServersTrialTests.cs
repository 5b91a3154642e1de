using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Sessions;

namespace Blindsight.Unit.Inference.TwoServers;

public sealed class TwoServersTrialTests
{
    [Theory]
    [InlineData("tables", true)]
    [InlineData("fss", false)]
    [InlineData("prefix", true)]
    public void Queries_give_what_the_clear_reference_gives_and_their_costs(string comparison, bool seedAlone)
    {
        QuantizedModel model = SmallPlan.OfManyTransfers();
        FloatTensor expected = new FixedPointReference(model).Run(SmallPlan.Images(1)[0])[0];
        using TwoServersTrial trial = new(TwoServersTrial.Outsourced(model, comparison));
        for (int query = 0; query < 2; query++)
        {
            TwoServersReport report = trial.Run(SmallPlan.Images(1)[0]);
            for (int i = 0; i < expected.Data.Length; i++) Assert.InRange(report.Outputs[0].Data[i] - expected.Data[i], -0.1, 0.1);
            Assert.Equal(seedAlone, report.DealtFirst == QuerySeeds.MessageBytes);
            Assert.True(report.DealtSecond > report.DealtFirst && report.Online.Bytes > 16384 * 12);
        }
    }

    [Fact]
    public void Without_a_dealer_nothing_is_dealt()
    {
        QuantizedModel model = SmallPlan.OfManyTransfers();
        FloatTensor expected = new FixedPointReference(model).Run(SmallPlan.Images(1)[0])[0];
        using TwoServersTrial trial = new(TwoServersTrial.Outsourced(model, ComparisonKinds.Transfers));
        for (int query = 0; query < 2; query++)
        {
            TwoServersReport report = trial.Run(SmallPlan.Images(1)[0]);
            for (int i = 0; i < expected.Data.Length; i++) Assert.InRange(report.Outputs[0].Data[i] - expected.Data[i], -0.1, 0.1);
            Assert.Equal((0, 0), (report.DealtFirst, report.DealtSecond));
            Assert.True(report.Prepared.BytesFromFirst > 0 && report.Prepared.BytesFromSecond > 0);
        }
    }

    [Fact]
    public void Plans_for_other_deployments_are_refused_on_either_side()
    {
        QuantizedModel model = SmallPlan.OfManyTransfers();
        Assert.Throws<ParameterException>(() => new TwoServersTrial(model));
        Assert.Throws<ParameterException>(() => new ServedModel(TwoServersTrial.Outsourced(model, ComparisonKinds.Tables)));
        Assert.Throws<ParameterException>(() => PlanValidator.Validate(TwoServersTrial.Outsourced(model, ComparisonKinds.Garbled).Plan));
        Assert.Throws<ParameterException>(() => PlanValidator.Validate(model.Plan with { Comparison = ComparisonKinds.Tables }));
        PlanValidator.Validate(TwoServersTrial.Outsourced(model, ComparisonKinds.Functions).Plan);
    }
}
