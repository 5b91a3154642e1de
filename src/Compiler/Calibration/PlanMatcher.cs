using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// Finds a model's layers in a plan. The plan is written again from the model with the formats that the given plan states;
/// both must agree to the last byte.
/// </summary>
internal static class PlanMatcher
{
    /// <exception cref="ParameterException">They do not; names the first step that differs.</exception>
    public static AssembledPlan Match(NetworkFacts facts, InferencePlan plan)
    {
        CompileOptions header = new() { Deployment = plan.Deployment, Comparison = plan.Comparison, Release = plan.Release, Card = plan.Card };
        AssembledPlan skeleton = PlanAssembler.Assemble(facts, Unit(facts), header);
        Compare(skeleton, plan);
        AssembledPlan assembled = PlanAssembler.Assemble(facts, Stated(facts, skeleton, plan), header);
        assembled = assembled with { Plan = assembled.Plan with { Model = plan.Model } };
        for (int i = 0; i < plan.Steps.Length; i++)
            if (!Same(assembled.Plan, plan, p => p with { Steps = [p.Steps[i]], Tensors = [] })) throw Foreign(plan.Steps[i].Name);
        return Same(assembled.Plan, plan, p => p) ? assembled : throw Foreign("");
    }

    /// <summary>Formats that every structure accepts, to learn the order of steps and tensors.</summary>
    private static Formats Unit(NetworkFacts facts)
    {
        Network network = facts.Network;
        return new(
            network.Values.Keys.ToImmutableDictionary(id => id, _ => new ValueFormat(16, 16, 0)),
            network.Layers.OfType<LinearLayer>().ToImmutableDictionary(layer => layer.Output, layer => Shifts(layer)),
            ImmutableDictionary<int, int>.Empty, ImmutableDictionary<int, int>.Empty);
    }

    private static ImmutableArray<int> Shifts(LinearLayer layer)
    {
        float largest = layer.Terms.OfType<SumPoolFloatTerm>().SelectMany(pool => pool.Multipliers).DefaultIfEmpty(1).Max();
        return [.. Enumerable.Repeat((int)Math.Floor(Math.Log2(PlanAssembler.WeightMax / largest)), layer.Channels)];
    }

    private static Formats Stated(NetworkFacts facts, AssembledPlan skeleton, InferencePlan plan)
    {
        ImmutableDictionary<int, ValueFormat>.Builder values = ImmutableDictionary.CreateBuilder<int, ValueFormat>();
        for (int id = 0; id < plan.Tensors.Length; id++)
        {
            PlanTensor tensor = plan.Tensors[id];
            int value = skeleton.TensorValues[id];
            if (!values.TryGetValue(value, out ValueFormat? known) || known.RingBits == 32)
                values[value] = new(tensor.RingBits, tensor.ValueBits, tensor.ScaleBits);
        }
        ImmutableDictionary<int, int>.Builder dropped = ImmutableDictionary.CreateBuilder<int, int>();
        ImmutableDictionary<int, int>.Builder shifts = ImmutableDictionary.CreateBuilder<int, int>();
        foreach (PlanStep step in plan.Steps)
            if (step is ActivationStep activation)
            {
                dropped[skeleton.TensorValues[step.Writes]] = activation.DroppedBits;
                shifts[skeleton.TensorValues[step.Writes]] = activation.InputShift;
            }
            else if (step is ClampStep clamp) dropped[skeleton.TensorValues[step.Writes]] = clamp.DroppedBits;
            else if (step is MaxPoolStep pool) dropped[skeleton.TensorValues[step.Writes]] = pool.DroppedBits;
        return new(values.ToImmutable(), skeleton.LinearLayers.ToImmutableDictionary(
            entry => entry.Value.Output, entry => ((LinearStep)plan.Steps[entry.Key]).ChannelShifts), shifts.ToImmutable(), dropped.ToImmutable());
    }

    /// <summary>Kinds of steps, counts and numbers of channels, before formats are taken over.</summary>
    private static void Compare(AssembledPlan skeleton, InferencePlan plan)
    {
        int common = Math.Min(skeleton.Plan.Steps.Length, plan.Steps.Length);
        for (int i = 0; i < common; i++)
        {
            PlanStep own = skeleton.Plan.Steps[i], stated = plan.Steps[i];
            if (own.GetType() != stated.GetType()
                || own is LinearStep linear && linear.ChannelShifts.Length != ((LinearStep)stated).ChannelShifts.Length)
                throw Foreign(stated.Name);
        }
        if (skeleton.Plan.Steps.Length != plan.Steps.Length || skeleton.Plan.Tensors.Length != plan.Tensors.Length)
            throw Foreign(common < plan.Steps.Length ? plan.Steps[common].Name : "");
    }

    private static bool Same(InferencePlan a, InferencePlan b, Func<InferencePlan, InferencePlan> part) =>
        PlanSerializer.Serialize(part(a)).AsSpan().SequenceEqual(PlanSerializer.Serialize(part(b)));

    private static ParameterException Foreign(string step) => new(step.Length == 0
        ? "the plan does not belong to this model: their inputs, outputs or tensors differ"
        : $"the plan does not belong to this model: they differ at step '{step}'");
}
