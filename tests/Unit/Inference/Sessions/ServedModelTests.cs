using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
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
    public void Weights_are_kept_within_the_memory_allowed()
    {
        long all = new ServedModel(SmallPlan.OfEveryStep()).PreparedBytesOfAll;
        foreach (long allowed in new[] { 0, all / 3, all / 2, all - 1, all, long.MaxValue })
        {
            ServedModel model = new(SmallPlan.OfEveryStep(), allowed, threads: 2);
            model.Prepare();
            Assert.InRange(model.PreparedBytes, Math.Max(0, Math.Min(all, allowed) - all / 2), allowed);
            if (allowed >= all) Assert.Equal(all, model.PreparedBytes);
        }
    }

    [Fact]
    public void Memory_goes_to_the_layers_with_most_weights_a_byte()
    {
        LinearPacking Packing(ConvolutionGeometry g) => LinearPacking.Choose(RlweParameters.Linear, LinearConsumer.Precise(g))[0].Packings[0];
        Dictionary<(int Step, int Term), LinearPacking> packings = new()
        {
            [(1, 0)] = Packing(ConvolutionGeometry.Dense(3, 5)), [(2, 0)] = Packing(ConvolutionGeometry.Dense(2000, 500)),
            [(3, 0)] = Packing(ConvolutionGeometry.Dense(64, 8)),
        };
        long dense = packings[(2, 0)].PreparedBytes;
        Dictionary<(int Step, int Term), long> shares = WeightMemory.Divide(packings, dense + 1);
        Assert.Equal((0, dense, 1), (shares[(1, 0)], shares[(2, 0)], shares[(3, 0)]));
        Assert.Equal(packings.ToDictionary(p => p.Key, p => p.Value.PreparedBytes), WeightMemory.Divide(packings, long.MaxValue));
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
