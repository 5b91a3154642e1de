using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// Secret weights in the transform domain, ready for <see cref="RlweServer"/>. Serves any number of connections
/// and threads; cleared when disposed. Takes <see cref="LinearPacking.PreparedBytes"/>.
/// </summary>
public sealed class PreparedWeights : IDisposable
{
    private readonly AlignedBuffer<double>[] _polynomials;

    private PreparedWeights(LinearPacking packing, AlignedBuffer<double>[] polynomials) =>
        (Packing, _polynomials) = (packing, polynomials);

    public LinearPacking Packing { get; }

    /// <summary>Transforms the weights.</summary>
    /// <param name="weights">Laid out as the packing's geometry says.</param>
    /// <exception cref="ArgumentException">Wrong number of weights.</exception>
    public static PreparedWeights Prepare(LinearPacking packing, ReadOnlySpan<short> weights)
    {
        if (weights.Length != packing.Geometry.WeightElements)
            throw new ArgumentException($"The layer has {packing.Geometry.WeightElements} weights.", nameof(weights));
        PackingLayout layout = packing.Request.Layout;
        NegacyclicNtt ntt = packing.Request.Parameters.Transforms[0];
        AlignedBuffer<double>[] polynomials = new AlignedBuffer<double>[layout.Bundles * packing.PolynomialsPerBundle];
        using AlignedBuffer<double> polynomial = new(ntt.Degree);
        for (int index = 0; index < polynomials.Length; index++)
        {
            polynomials[index] = new AlignedBuffer<double>(checked(layout.BlocksPerBundle * ntt.Degree));
            for (int block = 0; block < layout.BlocksPerBundle; block++)
            {
                Place(packing, packing.Outputs(index), block, weights, polynomial.Span);
                ntt.Forward(polynomial.Span);
                Interleave(polynomial.Span, polynomials[index].Span, block, layout.BlocksPerBundle);
            }
        }
        return new PreparedWeights(packing, polynomials);
    }

    /// <summary>
    /// The weights of response polynomial <paramref name="index"/> of the first tile: for each 64 values of the transform
    /// the rows of all blocks, so that the products of an output stream through them once.
    /// </summary>
    internal ReadOnlySpan<double> Rows(int index) => _polynomials[index].Span;

    /// <summary>Copies a transformed polynomial to row <paramref name="block"/> of each 64 lanes.</summary>
    internal static void Interleave(ReadOnlySpan<double> polynomial, Span<double> rows, int block, int blocks)
    {
        const int lanes = ResidueVector.DotLanes;
        for (int at = 0; at < polynomial.Length; at += lanes)
            polynomial.Slice(at, lanes).CopyTo(rows.Slice(at * blocks + block * lanes, lanes));
    }

    /// <summary>Clears and frees the memory.</summary>
    public void Dispose()
    {
        foreach (AlignedBuffer<double> polynomial in _polynomials) polynomial.Dispose();
    }

    /// <summary>
    /// Weights of channel c times 2^(32 - l - its shift): all results then have the unit 2^(32-l), and a response needs l bits
    /// and a few more, whatever the shifts.
    /// </summary>
    private static void Place(LinearPacking packing, in PackedOutputs outputs, int block, ReadOnlySpan<short> weights, Span<double> result)
    {
        result.Clear();
        PackingLayout at = packing.Request.Layout;
        int planes = at.RowAxis.Planes * at.ColumnAxis.Planes, inChannels = packing.Geometry.InChannels / at.Groups;
        int outChannels = packing.Geometry.OutChannels / at.Groups;
        int kernelWidth = packing.Geometry.KernelWidth, kernelArea = packing.Geometry.KernelHeight * kernelWidth;
        for (int g = 0; g < outputs.Groups; g++)
            for (int m = 0; m < outputs.Channels; m++)
                for (int c = 0, plane = block * at.PlanesPerBlock; c < at.PlanesPerBlock && plane < at.PlanesPerGroup; c++, plane++)
                {
                    int outChannel = (outputs.FirstGroup + g) * outChannels + outputs.FirstChannel + m;
                    int from = (outChannel * inChannels + plane / planes) * kernelArea;
                    int origin = GroupPositions.Of(g) * at.GroupPitch + m * at.ChannelPitch - c * at.PlanePitch;
                    double unit = 1u << CiphertextWidths.PlaintextBits - packing.Kept.RingBits - packing.Kept.ChannelShifts[outChannel];
                    foreach (AxisTap row in at.RowAxis.Taps[packing.Window])
                    {
                        if (row.Plane != plane % planes / at.ColumnAxis.Planes) continue;
                        foreach (AxisTap column in at.ColumnAxis.Taps[packing.Window])
                        {
                            if (column.Plane != plane % at.ColumnAxis.Planes) continue;
                            int exponent = origin + (at.Rows.ElementMin - row.Offset) * at.RowPitch
                                + at.Columns.ElementMin - column.Offset;
                            double weight = unit * weights[from + row.Kernel * kernelWidth + column.Kernel];
                            if (exponent < 0) result[exponent + result.Length] = -weight;
                            else result[exponent] = weight;
                        }
                    }
                }
    }
}
