using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Protocols.Nonlinear.Garbled;
using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>
/// An <see cref="ActivationStep"/> with clamps or squares. Squares travel beside the clamps' first message from the server, so that the layer
/// has the rounds of its clamps, or one message without any. Copies and constants are local; offsets are the server's to add.
/// </summary>
internal sealed class ActivationProtocol : StepProtocol
{
    private readonly ActivationStep _step;
    private readonly PlanTensor _input, _output;
    private readonly ChannelRuns _clamped, _squared;
    private readonly LocalChannels _local;
    private readonly bool _knownOffline;
    private readonly Clamp? _clamp;
    private readonly GarbledFunction? _garbled;
    private readonly Square? _square;

    /// <param name="knownOffline">Whether the client knows its share of the input before.</param>
    /// <param name="garbled">Whether clamps are garbled circuits.</param>
    /// <param name="offsets">The server's, by channel; null at the client and where all are 0.</param>
    public ActivationProtocol(
        ActivationStep step, PlanTensor input, PlanTensor output, int rows, bool knownOffline, bool garbled, int[]? offsets) : base(step)
    {
        (_step, _input, _output, _knownOffline) = (step, input, output, knownOffline);
        _local = new LocalChannels(step, output, rows, offsets);
        int positions = input.Elements / step.Channels;
        _clamped = new ChannelRuns(step.Channels, rows, positions, channel => step.Kinds[channel] == ActivationStep.Clamp);
        _squared = new ChannelRuns(step.Channels, rows, positions, step.IsSquare);
        if (_squared.Elements > 0)
        {
            int bits = input.RingBits - step.InputShift, resultBits = output.RingBits + step.SquareShiftMax(input, output);
            _square = new Square(_squared.Elements, input.RingBits, !input.NonNegative, step.InputShift, Math.Max(bits + 2, resultBits), knownOffline);
        }
        if (_clamped.Elements == 0) return;
        if (garbled) _garbled = new GarbledFunction(Function, _clamped.Elements, knownOffline);
        else _clamp = new Clamp(_clamped.Elements, input.RingBits, step.Low, step.High, step.DroppedBits);
    }

    public override object Prepare(Party party, Shares known)
    {
        uint[] share = _knownOffline && !party.IsServer ? known[_step.Input] : [];
        uint[] clamped = _clamped.Gather(share), squared = _squared.Gather(share);
        Clamp.Correlation? clamp = _clamp?.Prepare(party);
        if (_knownOffline) _clamp?.FixChoices(party, clamp!, clamped);
        GarbledFunction.Correlation? garbled = _garbled?.Prepare(party, clamped);
        return new Correlation(clamp, garbled, _square?.Prepare(party, squared));
    }

    public override void Run(Party party, object? prepared, Shares shares)
    {
        Correlation correlation = (Correlation)prepared!;
        uint[] share = shares[_step.Input], result = new uint[share.Length];
        uint[] clamped = _clamped.Gather(share), squared = _squared.Gather(share), positive = new uint[clamped.Length];
        _square?.FixNumbers(party, correlation.Square!, squared);
        if (!_knownOffline) _clamp?.FixChoices(party, correlation.Clamp!, clamped);
        // The server speaks in this step before it listens: squares before comparisons, but behind labels, which answer the client.
        if (_garbled is not null) RunGarbled(party, correlation.Garbled!, clamped, positive);
        _square?.Run(party, correlation.Square!, squared, squared);
        _clamp?.Run(party, correlation.Clamp!, clamped, positive);
        _clamped.Scatter(positive, result);
        TruncateSquares(party, squared);
        _squared.Scatter(squared, result);
        _local.Run(party, share, result);
        shares[_step.Output] = result;
    }

    public override void Prepare(Script script)
    {
        _clamp?.Prepare(script);
        if (_knownOffline) _clamp?.FixChoices(script);
        _garbled?.Prepare(script);
        _square?.Prepare(script);
    }

    public override void Run(Script script)
    {
        script.Both(Work.Element, 2.0 * (_clamped.Elements + _squared.Elements));
        _square?.FixNumbers(script);
        if (!_knownOffline) _clamp?.FixChoices(script);
        _garbled?.Run(script);
        _square?.Run(script);
        _clamp?.Run(script);
        script.Both(Work.Element, 2.0 * (_clamped.Elements + 2 * _squared.Elements));
    }

    private SharedFunction Function(bool corrected) =>
        SharedFunction.Clamp(_input.RingBits, _step.Low is null, _step.Low is null ? null : _step.High - _step.Low, corrected);

    private void RunGarbled(Party party, GarbledFunction.Correlation correlation, uint[] clamped, uint[] positive)
    {
        uint origin = party.IsServer ? (uint)(_step.Low ?? _step.High!.Value) : 0;
        for (int i = 0; i < clamped.Length; i++) clamped[i] -= origin;
        _garbled!.Run(party, correlation, clamped, positive);
        for (int i = 0; i < positive.Length; i++) positive[i] = (positive[i] + origin) & Ring.Mask(_output.RingBits);
    }

    /// <summary>Each channel's squares lose their own low bits and change sign where they are to.</summary>
    private void TruncateSquares(Party party, Span<uint> squares)
    {
        for (int at = 0; at < squares.Length; at += _squared.Positions)
        {
            int channel = _squared.ChannelAt(at);
            Span<uint> some = squares.Slice(at, _squared.Positions);
            if (_step.Kinds[channel] == ActivationStep.NegatedSquare)
                foreach (ref uint element in some) element = 0 - element;
            int shift = _step.SquareShift(channel, _input, _output);
            if (shift >= 0) Truncation.Run(party.IsServer, some, shift, _output.RingBits);
            else
                foreach (ref uint element in some) element = (element << -shift) & Ring.Mask(_output.RingBits);
        }
    }

    private sealed record Correlation(Clamp.Correlation? Clamp, GarbledFunction.Correlation? Garbled, Square.Correlation? Square);
}
