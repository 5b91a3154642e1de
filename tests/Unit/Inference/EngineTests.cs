using Blindsight.Compiler.Plans;
using Blindsight.Harness;

namespace Blindsight.Unit.Inference;

public sealed class EngineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_step_kind_agrees_with_the_clear_reference_within_one_unit(int rows)
    {
        QuantizedModel model = SmallPlan.OfEveryStep();
        PlanSerializer.Deserialize(PlanSerializer.Serialize(model.Plan));
        PlanRun.Agreement agreement = PlanRun.WithDealers(model, SmallPlan.Rows(rows));
        Assert.All(agreement.Steps, step => Assert.True(step.Difference <= 1, $"{step.Step}: {step.Difference} units"));
        Assert.Equal(rows, agreement.Outputs.Length);
    }
}
