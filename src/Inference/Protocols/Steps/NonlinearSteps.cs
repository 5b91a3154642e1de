using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>A <see cref="ClampStep"/>; corrections of choices travel offline where the client's share is known.</summary>
internal sealed class ClampProtocol(ClampStep step, int elements, int ringBits, bool knownOffline) : StepProtocol(step)
{
    private readonly Clamp _clamp = new(elements, ringBits, step.Low, step.High, step.DroppedBits);

    public override object Prepare(Party party, Shares known)
    {
        Clamp.Correlation correlation = _clamp.Prepare(party);
        if (knownOffline) _clamp.FixChoices(party, correlation, party.IsServer ? [] : known[step.Input]);
        return correlation;
    }

    public override void Run(Party party, object? prepared, Shares shares)
    {
        uint[] result = new uint[elements];
        _clamp.Run(party, (Clamp.Correlation)prepared!, shares[step.Input], result);
        shares[step.Output] = result;
    }

    public override void Prepare(Script script)
    {
        _clamp.Prepare(script);
        if (knownOffline) _clamp.FixChoices(script);
    }

    public override void Run(Script script)
    {
        if (!knownOffline) _clamp.FixChoices(script);
        _clamp.Run(script);
    }
}

/// <summary>An <see cref="ExtendStep"/>.</summary>
internal sealed class ExtendProtocol(ExtendStep step, int elements, int ringBits, bool signed) : StepProtocol(step)
{
    private readonly Extension _extension = new(elements, ringBits, signed);

    public override object Prepare(Party party, Shares known) => _extension.Prepare(party);

    public override void Run(Party party, object? prepared, Shares shares)
    {
        uint[] result = new uint[elements];
        _extension.Run(party, (AdditiveTransfer.Correlation)prepared!, shares[step.Input], result);
        shares[step.Output] = result;
    }

    public override void Prepare(Script script) => _extension.Prepare(script);

    public override void Run(Script script) => _extension.Run(script);
}

/// <summary>An <see cref="ArgMaxStep"/>: a tournament that carries indices.</summary>
internal sealed class ArgMaxProtocol : StepProtocol
{
    private readonly ArgMaxStep _step;
    private readonly int _outputs, _candidates, _outputRingBits;
    private readonly Tournament _tournament;

    public ArgMaxProtocol(ArgMaxStep step, int outputs, int candidates, int ringBits, int outputRingBits) : base(step)
    {
        (_step, _outputs, _candidates, _outputRingBits) = (step, outputs, candidates, outputRingBits);
        _tournament = new Tournament(outputs, candidates, ringBits, payloads: 1);
    }

    public override object Prepare(Party party, Shares known) => _tournament.Prepare(party);

    public override void Run(Party party, object? prepared, Shares shares)
    {
        uint[] input = shares[_step.Input];
        uint[] values = new uint[input.Length], indices = new uint[input.Length];
        for (int candidate = 0; candidate < _candidates; candidate++)
            for (int i = 0; i < _outputs; i++)
            {
                values[candidate * _outputs + i] = input[i * _candidates + candidate];
                indices[candidate * _outputs + i] = party.IsServer ? (uint)candidate : 0;
            }
        uint[] label = _tournament.Run(party, (Tournament.Correlation)prepared!, [values, indices])[1];
        uint mask = Ring.Mask(_outputRingBits);
        for (int i = 0; i < label.Length; i++) label[i] &= mask;
        shares[_step.Output] = label;
    }

    public override void Prepare(Script script) => _tournament.Prepare(script);

    public override void Run(Script script) => _tournament.Run(script);
}
