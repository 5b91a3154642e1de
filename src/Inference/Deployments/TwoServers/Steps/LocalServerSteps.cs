using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers.Steps;

/// <summary>An <see cref="InputStep"/>: both servers have a share from the client.</summary>
internal sealed class InputServerStep(InputStep step) : ServerStep(step)
{
    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        // The share was put in place when the query began.
    }
}

/// <summary>A <see cref="ReduceStep"/>.</summary>
internal sealed class ReduceServerStep(ReduceStep step, int ringBits) : ServerStep(step)
{
    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        uint mask = Ring.Mask(ringBits);
        state.Shares[step.Output] = Array.ConvertAll(state.Shares[step.Input], element => element & mask);
    }
}

/// <summary>A <see cref="LayoutStep"/>; padding is the first server's constant.</summary>
internal sealed class LayoutServerStep(LayoutStep step, InferencePlan plan, int heldBits) : ServerStep(step)
{
    private readonly int[] _sources = LayoutMap.Sources(
        step.Operation, [.. step.Inputs.Select(input => plan.Tensors[input].Shape)], plan.Tensors[step.Output].Shape);

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        uint mask = Ring.Mask(heldBits), padding = step.Operation is PadLayout pad ? (uint)pad.Value & party.Own : 0;
        uint[] joined = step.Inputs.Length == 1 ? state.Shares[step.Inputs[0]] : [.. step.Inputs.SelectMany(input => state.Shares[input])];
        state.Shares[step.Output] = Array.ConvertAll(_sources, source => (source == LayoutMap.Padding ? padding : joined[source]) & mask);
    }
}

/// <summary>
/// An <see cref="OutputStep"/>: this server's share of what the client gets, under a stream that both servers know, so that the two shares
/// tell their sum and nothing of what they were made of.
/// </summary>
internal sealed class OutputServerStep(OutputStep step, int elements, int ringBits) : ServerStep(step)
{
    public override object Prepare(Correlations.ICorrelationSource source, PreparedQuery query)
    {
        uint[] mask = new uint[elements];
        source.FillCommon(mask);
        return mask;
    }

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        uint[] mask = (uint[])prepared!, share = state.Shares[step.Input];
        uint kept = Ring.Mask(ringBits), sign = party.IsFirst ? 1u : uint.MaxValue;
        for (int i = 0; i < mask.Length; i++) mask[i] = (share[i] + sign * mask[i]) & kept;
        state.Results[step.OutputIndex] = mask;
    }
}
