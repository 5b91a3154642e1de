using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Protocols.Steps;

namespace Blindsight.Inference.Deployments.TwoServers.Steps;

/// <summary>
/// An <see cref="ActivationStep"/>: clamps by one selection, squares by an opening beside its first, so that the layer has the rounds of its clamps, or one
/// exchange without any. Copies are local, offsets and constants are shared as the model's biases are.
/// </summary>
internal sealed class ActivationServerStep : ServerStep
{
    private readonly ActivationStep _step;
    private readonly int _index;
    private readonly PlanTensor _input, _output;
    private readonly MaskedModel? _model;
    private readonly ChannelRuns _clamped, _squared;
    private readonly ClampBounds? _clamp;
    private readonly SelectionShape? _selection;
    private readonly WideningShape? _square;

    public ActivationServerStep(ActivationStep step, int index, InferencePlan plan, ComparisonMethod method, MaskedModel? model) : base(step)
    {
        (_step, _index, _model) = (step, index, model);
        (_input, _output) = (plan.Tensors[step.Input], plan.Tensors[step.Output]);
        int positions = _input.Elements / step.Channels;
        _clamped = new ChannelRuns(step.Channels, 1, positions, channel => step.Kinds[channel] == ActivationStep.Clamp);
        _squared = new ChannelRuns(step.Channels, 1, positions, step.IsSquare);
        if (_clamped.Elements > 0)
        {
            _clamp = new ClampBounds(step.Low, step.High);
            _selection = new SelectionShape(
                method, _clamped.Elements, _input.RingBits, _input.RingBits, _clamp.Thresholds.Length, step.DroppedBits, HasPayload: false);
        }
        if (_squared.Elements > 0) _square = new WideningShape(_squared.Elements, _input.RingBits - step.InputShift, Squares: true);
    }

    public override ImmutableArray<CorrelationShape> Shapes => [.. new CorrelationShape?[] { _selection, _square }.OfType<CorrelationShape>()];

    public override OpeningCost Cost
    {
        get
        {
            OpeningCost clamps = _selection is null ? default : Selection.Cost(_selection);
            OpeningCost squares = _square is null ? default : Widening.Cost(_square);
            bool together = _selection is not null && _square is not null;
            return clamps + squares with { Rounds = together ? 0 : squares.Rounds };
        }
    }

    public override object Prepare(ICorrelationSource source, PreparedQuery query) =>
        (_selection is null ? null : source.Take(_selection), _square is null ? null : source.Take(_square));

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        (Correlation<SelectionShares>? selection, Correlation<WideningShares>? square) =
            ((Correlation<SelectionShares>?, Correlation<WideningShares>?))prepared!;
        uint[] share = state.Shares[_step.Input], result = new uint[share.Length];
        uint[] clamped = _clamped.Gather(share), squared = _squared.Gather(share);
        WideningShares? squares = square?.Consume();
        uint[] opened = new uint[squared.Length];
        Exchange? opening = squares is null ? null : new(
            () => SendSquares(party, squares, squared, opened),
            () => party.ReceiveNumbers(TwoServersTag.NumberOpening, opened, _square!.RingBits, opened));
        if (selection is not null) _clamped.Scatter(_clamp!.Run(party, _selection!, selection, clamped, opening), result);
        else
        {
            opening?.Send();
            opening?.Receive();
        }
        if (squares is not null)
        {
            Widening.Finish(party, _square!, SquareOffset, squares, opened, squared);
            TruncateSquares(party, squared);
            _squared.Scatter(squared, result);
        }
        CopyAndOffset(share, result);
        state.Shares[_step.Output] = result;
    }

    /// <summary>Rounding may lead one above the largest number of a signed input, but never two below the least.</summary>
    private uint SquareOffset => Widening.Offset(_square!.RingBits, !_input.NonNegative) - 1;

    /// <summary>Drops the low bits, the first server having added what makes a sum without low bits exact, and masks and sends.</summary>
    private void SendSquares(ServerParty party, WideningShares squares, uint[] squared, uint[] opened)
    {
        uint up = (1u << _step.InputShift) - 1 & party.Own, mask = Ring.Mask(_input.RingBits);
        for (int i = 0; i < squared.Length; i++) squared[i] = ((squared[i] + up) & mask) >> _step.InputShift;
        Widening.Send(party, _square!, squares, squared, opened);
    }

    /// <summary>Each channel's squares lose their own low bits and change sign where they are to.</summary>
    private void TruncateSquares(ServerParty party, Span<uint> squares)
    {
        for (int at = 0; at < squares.Length; at += _squared.Positions)
        {
            int channel = _squared.ChannelAt(at), shift = _step.SquareShift(channel, _input, _output);
            Span<uint> some = squares.Slice(at, _squared.Positions);
            if (_step.Kinds[channel] == ActivationStep.NegatedSquare)
                foreach (ref uint element in some) element = 0 - element;
            if (shift >= 0) Truncation.Run(party.IsFirst, some, shift, _output.RingBits);
            else
                foreach (ref uint element in some) element = (element << -shift) & Ring.Mask(_output.RingBits);
        }
    }

    private void CopyAndOffset(uint[] share, uint[] result)
    {
        int positions = _output.Elements / _step.Channels;
        for (int channel = 0; channel < _step.Channels; channel++)
            if (_step.Kinds[channel] == ActivationStep.Identity) share.AsSpan(channel * positions, positions).CopyTo(result.AsSpan(channel * positions));
        AddOffsets(_step, _output, _model!.Biases[_index, WeightTensors.Bias], result);
    }

    /// <summary>Adds a server's share of the offset to all of a channel, where channels have one: to squares and constants.</summary>
    internal static void AddOffsets(ActivationStep step, PlanTensor output, ReadOnlySpan<uint> offsets, Span<uint> result)
    {
        int positions = output.Elements / step.Channels;
        uint mask = Ring.Mask(output.RingBits);
        for (int channel = 0; channel < step.Channels; channel++)
        {
            uint offset = step.Kinds[channel] is ActivationStep.Identity or ActivationStep.Clamp ? 0 : offsets[channel];
            foreach (ref uint element in result.Slice(channel * positions, positions)) element = (element + offset) & mask;
        }
    }
}
