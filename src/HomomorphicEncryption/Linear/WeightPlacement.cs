using System.Runtime.CompilerServices;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// Which coefficient each weight of a packing has in its polynomial, relative to group and channel; public, computed once a packing.
/// A block that begins inside a channel, between the planes of a stride, has a pattern of its own.
/// </summary>
internal sealed class WeightPlacement
{
    private readonly LinearPacking _packing;
    private readonly Pattern?[] _patterns;
    private readonly int _planes, _groupIn, _groupOut, _kernelArea;

    public WeightPlacement(LinearPacking packing)
    {
        PackingLayout at = packing.Request.Layout;
        _packing = packing;
        _planes = at.RowAxis.Planes * at.ColumnAxis.Planes;
        _groupIn = packing.Geometry.InChannels / at.Groups;
        _groupOut = packing.Geometry.OutChannels / at.Groups;
        _kernelArea = packing.Geometry.KernelHeight * packing.Geometry.KernelWidth;
        _patterns = new Pattern[Math.Max(1, _planes)];
        for (int block = 0; block < at.BlocksPerBundle && _planes > 0; block++)
            _patterns[block * at.PlanesPerBlock % _planes] ??= PatternFrom(block * at.PlanesPerBlock % _planes);
    }

    /// <summary>
    /// The weights of one block of a response polynomial as its coefficients, those of channel c times 2^(32 - l - its shift): all
    /// results then have the unit 2^(32-l), and a response needs l bits and a few more, whatever the shifts.
    /// </summary>
    /// <param name="weights">All weights of the layer.</param>
    /// <param name="result">N coefficients, of which those without a weight become 0.</param>
    public void Place(in PackedOutputs outputs, int block, ReadOnlySpan<short> weights, Span<double> result)
    {
        result.Clear();
        if (_planes == 0) return;
        PackingLayout at = _packing.Request.Layout;
        int firstPlane = block * at.PlanesPerBlock, planes = Math.Min(at.PlanesPerBlock, at.PlanesPerGroup - firstPlane);
        Pattern pattern = _patterns[firstPlane % _planes]!;
        int count = pattern.Ends[planes], inputs = firstPlane / _planes * _kernelArea;
        ReadOnlySpan<int> from = pattern.From.AsSpan(0, count), to = pattern.To.AsSpan(0, count);
        for (int g = 0; g < outputs.Groups; g++)
            for (int m = 0; m < outputs.Channels; m++)
            {
                int channel = (outputs.FirstGroup + g) * _groupOut + outputs.FirstChannel + m;
                double unit = 1u << CiphertextWidths.PlaintextBits - _packing.Kept.RingBits - _packing.Kept.ChannelShifts[channel];
                Scatter(weights[(channel * _groupIn * _kernelArea + inputs)..], from, to,
                    GroupPositions.Of(g) * at.GroupPitch + m * at.ChannelPitch, unit, result);
            }
    }

    /// <summary>Where X^-k = -X^(N-k), without a branch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(
        ReadOnlySpan<short> weights, ReadOnlySpan<int> from, ReadOnlySpan<int> to, int origin, double unit, Span<double> result)
    {
        for (int i = 0; i < from.Length; i++)
        {
            int exponent = origin + to[i], negative = exponent >> 31;
            result[exponent + (result.Length & negative)] = unit * ((weights[from[i]] ^ negative) - negative);
        }
    }

    private Pattern PatternFrom(int firstKind)
    {
        PackingLayout at = _packing.Request.Layout;
        int planes = Math.Min(at.PlanesPerBlock, at.PlanesPerGroup);
        List<int> from = [], to = [];
        int[] ends = new int[planes + 1];
        for (int c = 0; c < planes; c++)
        {
            int kind = (firstKind + c) % _planes, input = (firstKind + c) / _planes * _kernelArea;
            foreach (AxisTap row in at.RowAxis.Taps[_packing.Window])
            {
                if (row.Plane != kind / at.ColumnAxis.Planes) continue;
                foreach (AxisTap column in at.ColumnAxis.Taps[_packing.Window])
                {
                    if (column.Plane != kind % at.ColumnAxis.Planes) continue;
                    from.Add(input + row.Kernel * _packing.Geometry.KernelWidth + column.Kernel);
                    to.Add((at.Rows.ElementMin - row.Offset) * at.RowPitch + at.Columns.ElementMin - column.Offset - c * at.PlanePitch);
                }
            }
            ends[c + 1] = from.Count;
        }
        return new Pattern([.. from], [.. to], ends);
    }

    /// <param name="From">Index of a weight from the first input channel of the block.</param>
    /// <param name="To">Exponent relative to that of group and channel; may be negative.</param>
    /// <param name="Ends">How many of them the first so many planes have.</param>
    private sealed record Pattern(int[] From, int[] To, int[] Ends);
}
