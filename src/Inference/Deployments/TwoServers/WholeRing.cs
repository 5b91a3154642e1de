using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>
/// How a plan's tensors are held in Sonic's profile, which leaves the ring of 32 bits nowhere before the last layer: linear steps hand accumulators on as
/// they are, maxima and ReLUs compare these, and the ReLU truncates. Elements waiting for that have more digits after the point than the plan says.
/// </summary>
internal sealed class WholeRing
{
    private readonly ImmutableArray<int>[] _shifts;

    /// <exception cref="ParameterException">A step that the profile does not have; names it.</exception>
    public WholeRing(InferencePlan plan)
    {
        _shifts = [.. plan.Tensors.Select(_ => ImmutableArray<int>.Empty)];
        HeldBits = [.. plan.Tensors.Select(tensor => tensor.RingBits)];
        bool[] waits = Waits(plan);
        foreach (PlanStep step in plan.Steps)
        {
            bool held = step.Reads.All(tensor => HeldBits[tensor] == 32);
            switch (step)
            {
                case LinearStep linear when waits[linear.Output]: (HeldBits[linear.Output], _shifts[linear.Output]) = (32, linear.ChannelShifts); break;
                case ClampStep { Low: 0, High: null } when held: HeldBits[step.Writes] = 32; break;
                case MaxPoolStep pool when held: (HeldBits[pool.Output], _shifts[pool.Output]) = (32, _shifts[pool.Input]); break;
                case LayoutStep layout when held:
                    HeldBits[layout.Output] = 32;
                    if (waits[layout.Output]) _shifts[layout.Output] = [.. layout.Inputs.SelectMany(tensor => ByChannel(plan.Tensors[tensor]))];
                    break;
                case ReduceStep when held: HeldBits[step.Writes] = 32; break;
                case ClampStep or MaxPoolStep or ActivationStep:
                    throw new ParameterException($"step '{step.Name}': the profile {ComparisonKinds.Sonic} has ReLUs, and maxima, of what linear steps "
                        + "give to them alone, and nothing else that compares or squares");
                default: break;
            }
        }
    }

    /// <summary>By tensor: bits of its shares.</summary>
    public int[] HeldBits { get; }

    /// <summary>By channel how many low bits the elements are still to lose; empty where they have their scale.</summary>
    public ImmutableArray<int> Shifts(int tensor) => _shifts[tensor];

    /// <summary>The shifts of each channel, the first axis, written out.</summary>
    private IEnumerable<int> ByChannel(PlanTensor tensor) =>
        _shifts[tensor.Id].IsEmpty ? Enumerable.Repeat(0, tensor.Shape[0]) : _shifts[tensor.Id];

    /// <summary>Which tensors end in ReLUs only, behind maxima or not, alone or as channels among others.</summary>
    private static bool[] Waits(InferencePlan plan)
    {
        bool[] waits = [.. plan.Tensors.Select(_ => false)], leaves = [.. plan.Tensors.Select(_ => false)];
        foreach (PlanStep step in plan.Steps.Reverse())
            foreach (int tensor in step.Reads)
                if (step is ClampStep || HandsOn(step) && waits[step.Writes] && !leaves[step.Writes]) waits[tensor] = true;
                else leaves[tensor] = true;
        return [.. waits.Zip(leaves, (wait, leave) => wait && !leave)];
    }

    private static bool HandsOn(PlanStep step) => step is MaxPoolStep or LayoutStep { Operation: ConcatLayout { Axis: 0 } };
}
