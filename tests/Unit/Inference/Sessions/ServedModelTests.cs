using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Sessions;

namespace Blindsight.Unit.Inference.Sessions;

public sealed class ServedModelTests
{
    [Fact]
    public void A_layer_whose_error_could_reach_the_result_is_refused_by_name()
    {
        QuantizedModel model = SmallPlan.OfEveryStep();
        ImmutableArray<PlanStep> steps = [.. model.Plan.Steps.Select(step =>
            step is LinearStep { Name: "dense" } linear ? linear with { ChannelShifts = [.. linear.ChannelShifts.Select(_ => 1)] } : step)];
        ParameterException refusal = Assert.Throws<ParameterException>(
            () => new ServedModel(model with { Plan = model.Plan with { Steps = steps } }));
        Assert.Contains("dense", refusal.Message);
    }

    [Fact]
    public void Weights_are_transformed_once_and_counted()
    {
        ServedModel model = new(SmallPlan.OfEveryStep());
        Assert.Equal(0, model.PreparedBytes);
        model.Prepare();
        long bytes = model.PreparedBytes;
        model.Prepare();
        Assert.True(bytes > 0);
        Assert.Equal(bytes, model.PreparedBytes);
    }
}
