using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Steps;

namespace Blindsight.Inference.Deployments.TwoServers.Steps;

/// <summary>A <see cref="ClampStep"/>.</summary>
internal sealed class ClampServerStep : ServerStep
{
    private readonly ClampStep _step;
    private readonly SelectionShape _shape;
    private readonly ClampBounds _bounds;

    /// <param name="heldBits">Of the output; those of the ring where there is no lower bound.</param>
    public ClampServerStep(ClampStep step, ComparisonMethod method, int elements, int ringBits, int heldBits) : base(step)
    {
        if (step.Low is null && heldBits > ringBits) throw new ArgumentException("Only numbers above a bound are lifted.");
        _step = step;
        _bounds = new ClampBounds(step.Low, step.High);
        _shape = new SelectionShape(method, elements, ringBits, heldBits, _bounds.Thresholds.Length, step.DroppedBits, HasPayload: false);
    }

    public override ImmutableArray<CorrelationShape> Shapes => [_shape];

    public override OpeningCost Cost => Selection.Cost(_shape);

    public override object Prepare(ICorrelationSource source, PreparedQuery query) => source.Take(_shape);

    public override void Run(ServerParty party, object? prepared, QueryState state) =>
        state.Shares[_step.Output] = _bounds.Run(party, _shape, (Correlation<SelectionShares>)prepared!, state.Shares[_step.Input], null);
}

/// <summary>A ReLU in Sonic's profile: of accumulators, which it truncates.</summary>
/// <param name="shifts">By channel what they are to lose; empty for numbers of the output's scale.</param>
internal sealed class SonicReluServerStep(ClampStep step, int elements, ImmutableArray<int> shifts) : ServerStep(step)
{
    private readonly SelectionShape _shape = new(ComparisonMethod.Prefix, elements, 32, 32, 1, step.DroppedBits, HasPayload: false)
    {
        TruncatedBits = shifts.IsEmpty ? 0 : shifts.Max(),
    };

    public override ImmutableArray<CorrelationShape> Shapes => [_shape];

    public override OpeningCost Cost => Selection.Cost(_shape);

    public override object Prepare(ICorrelationSource source, PreparedQuery query) => source.Take(_shape);

    public override void Run(ServerParty party, object? prepared, QueryState state) =>
        state.Shares[step.Output] = TruncatingRelu.Run(party, _shape, (Correlation<SelectionShares>)prepared!, state.Shares[step.Input], shifts);
}

/// <summary>A <see cref="MaxPoolStep"/>, separably: the maximum of each window's columns, then of rows.</summary>
internal sealed class MaxPoolServerStep : ServerStep
{
    private readonly MaxPoolStep _step;
    private readonly int _heldBits;
    private readonly int[][] _columns, _windowRows;
    private readonly ServerTournament _across, _down;

    /// <param name="heldBits">Of the output, not more than of the input.</param>
    public MaxPoolServerStep(MaxPoolStep step, ComparisonMethod method, int ringBits, int heldBits) : base(step)
    {
        (_step, _heldBits) = (step, heldBits);
        PoolGeometry g = step.Geometry;
        _columns = MaxPoolProtocol.Places(g.OutWidth, g.KernelWidth, g.StrideWidth, g.DilationWidth, g.PadLeft, g.InWidth);
        _windowRows = MaxPoolProtocol.Places(g.OutHeight, g.KernelHeight, g.StrideHeight, g.DilationHeight, g.PadTop, g.InHeight);
        _across = new(method, g.Channels * g.InHeight * g.OutWidth, g.KernelWidth, ringBits, heldBits, hasPayload: false, step.DroppedBits);
        _down = new(method, g.OutElements, g.KernelHeight, ringBits, heldBits, hasPayload: false, step.DroppedBits);
    }

    public override ImmutableArray<CorrelationShape> Shapes => [.. _across.Shapes, .. _down.Shapes];

    public override OpeningCost Cost => _across.Cost + _down.Cost;

    public override object Prepare(ICorrelationSource source, PreparedQuery query) => (_across.Prepare(source), _down.Prepare(source));

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        (Correlation<SelectionShares>[] across, Correlation<SelectionShares>[] down) =
            ((Correlation<SelectionShares>[], Correlation<SelectionShares>[]))prepared!;
        uint[] narrow = _across.Run(party, across, GatherColumns(state.Shares[_step.Input]), []).Values;
        state.Shares[_step.Output] = _down.Run(party, down, GatherRows(narrow), []).Values;
    }

    private uint[] GatherColumns(uint[] input)
    {
        PoolGeometry g = _step.Geometry;
        int lines = g.Channels * g.InHeight, at = 0;
        uint mask = Ring.Mask(_heldBits);
        uint[] candidates = new uint[g.KernelWidth * lines * g.OutWidth];
        for (int k = 0; k < g.KernelWidth; k++)
            for (int line = 0; line < lines; line++)
                for (int x = 0; x < g.OutWidth; x++) candidates[at++] = input[line * g.InWidth + _columns[x][k]] & mask;
        return candidates;
    }

    private uint[] GatherRows(uint[] input)
    {
        PoolGeometry g = _step.Geometry;
        uint[] candidates = new uint[g.KernelHeight * g.OutElements];
        int at = 0;
        for (int k = 0; k < g.KernelHeight; k++)
            for (int image = 0; image < g.Channels; image++)
                for (int y = 0; y < g.OutHeight; y++, at += g.OutWidth)
                    input.AsSpan((image * g.InHeight + _windowRows[y][k]) * g.OutWidth, g.OutWidth).CopyTo(candidates.AsSpan(at));
        return candidates;
    }
}

/// <summary>An <see cref="ArgMaxStep"/>: a tournament that carries indices.</summary>
internal sealed class ArgMaxServerStep : ServerStep
{
    private readonly ArgMaxStep _step;
    private readonly int _outputs, _candidates, _outputRingBits;
    private readonly ServerTournament _tournament;

    public ArgMaxServerStep(ArgMaxStep step, ComparisonMethod method, int outputs, int candidates, int ringBits, int outputRingBits) : base(step)
    {
        (_step, _outputs, _candidates, _outputRingBits) = (step, outputs, candidates, outputRingBits);
        _tournament = new ServerTournament(method, outputs, candidates, ringBits, ringBits, hasPayload: true, droppedBits: 0);
    }

    public override ImmutableArray<CorrelationShape> Shapes => [.. _tournament.Shapes];

    public override OpeningCost Cost => _tournament.Cost;

    public override object Prepare(ICorrelationSource source, PreparedQuery query) => _tournament.Prepare(source);

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        uint[] input = state.Shares[_step.Input], values = new uint[input.Length], indices = new uint[input.Length];
        for (int candidate = 0; candidate < _candidates; candidate++)
            for (int i = 0; i < _outputs; i++)
            {
                values[candidate * _outputs + i] = input[i * _candidates + candidate];
                indices[candidate * _outputs + i] = (uint)candidate & party.Own;
            }
        uint mask = Ring.Mask(_outputRingBits);
        uint[] label = _tournament.Run(party, (Correlation<SelectionShares>[])prepared!, values, indices).Payload;
        state.Shares[_step.Output] = Array.ConvertAll(label, index => index & mask);
    }
}
