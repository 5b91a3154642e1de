using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;

namespace Blindsight.Unit.Inference;

public sealed class EngineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_step_kind_agrees_with_the_clear_reference(int rows)
    {
        QuantizedModel model = SmallPlan.OfEveryStep();
        PlanSerializer.Deserialize(PlanSerializer.Serialize(model.Plan));
        PlanRun.Agreement agreement = PlanRun.WithDealers(model, SmallPlan.Rows(rows));
        Assert.Empty(agreement.Faults);
        Assert.Equal(rows, agreement.Outputs.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_step_kind_agrees_with_the_clear_reference_by_garbled_circuits(int rows)
    {
        QuantizedModel model = SmallPlan.Garbled(SmallPlan.OfEveryStep());
        PlanSerializer.Deserialize(PlanSerializer.Serialize(model.Plan));
        PlanRun.Agreement agreement = PlanRun.WithDealers(model, SmallPlan.Rows(rows));
        Assert.Empty(agreement.Faults);
        Assert.All(agreement.Steps.Where(step => step.Step is "relu" or "clip" or "pool" or "argmax"), step => Assert.Equal(0, step.Allowed));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void Mixed_activations_agree_with_the_clear_reference(int rows, bool garbled)
    {
        QuantizedModel model = garbled ? SmallPlan.Garbled(ActivationPlan.Create()) : ActivationPlan.Create();
        PlanSerializer.Deserialize(PlanSerializer.Serialize(model.Plan));
        for (ulong seed = 1; seed < 6; seed++)
            Assert.Empty(PlanRun.WithDealers(model, ActivationPlan.Rows(rows), seed).Faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_a_released_output_depends_on_the_servers_own_randomness(bool released)
    {
        QuantizedModel model = SmallPlan.OfOneLayer(released);
        FloatTensor[][] rows = [[new FloatTensor([1, 4], [0.3f, -0.7f, 0.5f, 0.9f])]];
        int distinct = Enumerable.Range(1, 20)
            .Select(seed => string.Join(' ', PlanRun.WithDealers(model, rows, (ulong)seed).Outputs[0][0].Data)).Distinct().Count();
        if (released) Assert.InRange(distinct, 2, 20);
        else Assert.Equal(1, distinct);
    }
}
