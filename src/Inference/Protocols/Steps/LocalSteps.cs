using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>
/// A step that each party does alone on its share. Where the client knows the inputs' shares offline it does it then, and
/// only then.
/// </summary>
/// <param name="elements">Of the output.</param>
internal abstract class LocalProtocol(PlanStep step, int elements, bool knownOffline) : StepProtocol(step)
{
    public sealed override object? Prepare(Party party, Shares known)
    {
        if (knownOffline && !party.IsServer) known[Step.Writes] = Apply(party, known);
        return null;
    }

    public sealed override void Run(Party party, object? prepared, Shares shares)
    {
        if (!knownOffline || party.IsServer) shares[Step.Writes] = Apply(party, shares);
    }

    public sealed override void Prepare(Script script)
    {
        if (knownOffline) script.Does(Role.Client, Work.Element, 2.0 * elements);
    }

    public sealed override void Run(Script script)
    {
        script.Does(Role.Server, Work.Element, 2.0 * elements);
        if (!knownOffline) script.Does(Role.Client, Work.Element, 2.0 * elements);
    }

    /// <summary>This party's share of the output.</summary>
    protected abstract uint[] Apply(Party party, Shares shares);
}

/// <summary>A <see cref="ReduceStep"/>.</summary>
internal sealed class ReduceProtocol(ReduceStep step, int elements, int ringBits, bool knownOffline) : LocalProtocol(step, elements, knownOffline)
{
    protected override uint[] Apply(Party party, Shares shares)
    {
        uint mask = Ring.Mask(ringBits);
        return Array.ConvertAll(shares[step.Input], element => element & mask);
    }
}

/// <summary>A <see cref="LayoutStep"/>, row by row; padding is the server's constant.</summary>
internal sealed class LayoutProtocol(
    LayoutStep step, ImmutableArray<PlanTensor> tensors, int rows, bool knownOffline)
    : LocalProtocol(step, rows * tensors[step.Output].Elements, knownOffline)
{
    private readonly int[] _sources = LayoutMap.Sources(
        step.Operation, [.. step.Inputs.Select(input => tensors[input].Shape)], tensors[step.Output].Shape);

    protected override uint[] Apply(Party party, Shares shares)
    {
        uint padding = party.IsServer && step.Operation is PadLayout pad
            ? (uint)pad.Value & Ring.Mask(tensors[step.Output].RingBits) : 0;
        int inputElements = step.Inputs.Sum(input => tensors[input].Elements);
        uint[] row = new uint[inputElements], output = new uint[rows * _sources.Length];
        for (int r = 0; r < rows; r++)
        {
            int at = 0;
            foreach (int input in step.Inputs)
            {
                int elements = tensors[input].Elements;
                shares[input].AsSpan(r * elements, elements).CopyTo(row.AsSpan(at));
                at += elements;
            }
            Span<uint> to = output.AsSpan(r * _sources.Length, _sources.Length);
            for (int i = 0; i < to.Length; i++) to[i] = _sources[i] == LayoutMap.Padding ? padding : row[_sources[i]];
        }
        return output;
    }
}
