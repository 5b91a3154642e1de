using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>
/// A <see cref="MaxPoolStep"/>, separably: the maximum of each window's columns, then of rows. Overlapping windows share the
/// columns' work. A place of a window outside the image repeats a place inside it, which changes no maximum.
/// </summary>
internal sealed class MaxPoolProtocol : StepProtocol
{
    private readonly MaxPoolStep _step;
    private readonly int _rows;
    private readonly int[][] _columns, _windowRows;
    private readonly Tournament _across, _down;

    public MaxPoolProtocol(MaxPoolStep step, int rows, int ringBits) : base(step)
    {
        (_step, _rows) = (step, rows);
        PoolGeometry g = step.Geometry;
        _columns = Places(g.OutWidth, g.KernelWidth, g.StrideWidth, g.DilationWidth, g.PadLeft, g.InWidth);
        _windowRows = Places(g.OutHeight, g.KernelHeight, g.StrideHeight, g.DilationHeight, g.PadTop, g.InHeight);
        _across = new Tournament(rows * g.Channels * g.InHeight * g.OutWidth, g.KernelWidth, ringBits, payloads: 0, step.DroppedBits);
        _down = new Tournament(rows * g.OutElements, g.KernelHeight, ringBits, payloads: 0, step.DroppedBits);
    }

    public override object Prepare(Party party, Shares known) => (_across.Prepare(party), _down.Prepare(party));

    public override void Run(Party party, object? prepared, Shares shares)
    {
        (Tournament.Correlation across, Tournament.Correlation down) =
            ((Tournament.Correlation, Tournament.Correlation))prepared!;
        PoolGeometry g = _step.Geometry;
        int images = _rows * g.Channels;
        uint[] narrow = _across.Run(party, across, [GatherColumns(shares[_step.Input], images * g.InHeight)])[0];
        shares[_step.Output] = _down.Run(party, down, [GatherRows(narrow, images)])[0];
    }

    public override void Prepare(Script script)
    {
        _across.Prepare(script);
        _down.Prepare(script);
    }

    public override void Run(Script script)
    {
        _across.Run(script);
        _down.Run(script);
    }

    /// <summary>For each output place the input places of its window, all inside the image.</summary>
    internal static int[][] Places(int outputs, int kernel, int stride, int dilation, int pad, int size)
    {
        int[][] places = new int[outputs][];
        for (int output = 0; output < outputs; output++)
        {
            int[] window = [.. Enumerable.Range(0, kernel).Select(k => output * stride - pad + k * dilation)];
            int inside = window.First(place => place >= 0 && place < size);
            places[output] = [.. window.Select(place => place >= 0 && place < size ? place : inside)];
        }
        return places;
    }

    private uint[] GatherColumns(uint[] input, int lines)
    {
        PoolGeometry g = _step.Geometry;
        uint[] candidates = new uint[g.KernelWidth * lines * g.OutWidth];
        int at = 0;
        for (int k = 0; k < g.KernelWidth; k++)
            for (int line = 0; line < lines; line++)
                for (int x = 0; x < g.OutWidth; x++) candidates[at++] = input[line * g.InWidth + _columns[x][k]];
        return candidates;
    }

    private uint[] GatherRows(uint[] input, int images)
    {
        PoolGeometry g = _step.Geometry;
        uint[] candidates = new uint[g.KernelHeight * images * g.OutHeight * g.OutWidth];
        int at = 0;
        for (int k = 0; k < g.KernelHeight; k++)
            for (int image = 0; image < images; image++)
                for (int y = 0; y < g.OutHeight; y++, at += g.OutWidth)
                    input.AsSpan((image * g.InHeight + _windowRows[y][k]) * g.OutWidth, g.OutWidth).CopyTo(candidates.AsSpan(at));
        return candidates;
    }
}
