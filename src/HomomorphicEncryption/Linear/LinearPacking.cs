using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// How one linear map is evaluated on a <see cref="LinearRequest"/>: where its weights lie in polynomials and which
/// coefficients of the products are its outputs. Public; a function of parameters and geometries only.
/// Source: coefficient packing of Huang, Lu, Hong, Ding, "Cheetah", USENIX Security 2022, section 3; departures:
/// several output channels and several groups a polynomial, shared padding (<see cref="PackingLayout"/>), strides by phases.
/// </summary>
public sealed class LinearPacking
{
    private readonly Lazy<WeightPlacement> _placement;

    internal LinearPacking(LinearRequest request, LinearConsumer kept, int consumer, int window)
    {
        (Request, Kept, Consumer, Window) = (request, kept, consumer, window);
        (MaskBits, BodyBits) = (CiphertextWidths.MaskBits(kept), CiphertextWidths.BodyBits(kept));
        (PolynomialsPerBundle, ChannelsPerPolynomial) = request.Layout.Split(Geometry.OutChannels / Geometry.Groups);
        int[] offsets = new int[Polynomials + 1];
        for (int i = 0; i < Polynomials; i++) offsets[i + 1] = checked(offsets[i] + PolynomialBytes(i));
        ResponseOffsets = [.. offsets];
        _placement = new(() => new WeightPlacement(this));
    }

    /// <summary>The encryption of the input.</summary>
    public LinearRequest Request { get; }

    /// <summary>The linear map.</summary>
    public ConvolutionGeometry Geometry => Kept.Geometry;

    /// <summary>What is kept of its outputs.</summary>
    public LinearConsumer Kept { get; }

    /// <summary>Bits of a coefficient of a response's first half.</summary>
    public int MaskBits { get; }

    /// <summary>Bits of a coefficient of a response's second half.</summary>
    public int BodyBits { get; }

    /// <summary>Index into the consumers given to <see cref="Choose"/>.</summary>
    public int Consumer { get; }

    /// <summary>Length of the server's message.</summary>
    public int ResponseBytes => ResponseOffsets[^1];

    /// <summary>Ciphertexts of the response.</summary>
    public int Polynomials => Request.Layout.Tiles * Request.Layout.Bundles * PolynomialsPerBundle;

    /// <summary>Products of a ciphertext and a weight polynomial.</summary>
    public long Products => (long)Polynomials * Request.Layout.BlocksPerBundle;

    /// <summary>Weight polynomials that are transformed for each row where so much memory is there for those that are kept.</summary>
    public long TransformsOfRow(long memoryBytes) =>
        (PreparedPolynomials - Math.Min(PreparedPolynomials, memoryBytes * PreparedPolynomials / PreparedBytes)) * Request.Layout.BlocksPerBundle;

    /// <summary>Memory that <see cref="PreparedWeights"/> of this packing take where all are kept.</summary>
    public long PreparedBytes => (long)PreparedPolynomials * Request.Layout.BlocksPerBundle * Request.Parameters.Degree * sizeof(double);

    /// <summary>Polynomials of weights: those of the responses of one tile.</summary>
    internal int PreparedPolynomials => Request.Layout.Bundles * PolynomialsPerBundle;

    /// <summary>Where weights lie; computed at first use, which only a server makes.</summary>
    internal WeightPlacement Placement => _placement.Value;

    internal int Window { get; }
    internal int PolynomialsPerBundle { get; }
    internal int ChannelsPerPolynomial { get; }
    internal ImmutableArray<int> ResponseOffsets { get; }

    /// <summary>
    /// Packings for all consumers of one tensor with the fewest bytes: those with equal strides and groups share a
    /// request where that is cheaper than one each. In the order of requests; <see cref="Consumer"/> tells whose each is.
    /// </summary>
    /// <exception cref="ArgumentException">No consumers, or their inputs differ in shape, or a geometry is not one.</exception>
    /// <exception cref="ParameterException">The parameters have not exactly one prime.</exception>
    public static ImmutableArray<LinearRequest> Choose(RlweParameters parameters, params ReadOnlySpan<LinearConsumer> consumers) =>
        PackingChooser.Choose(parameters, consumers);

    /// <summary>The error that encryption adds to results computed by these weights, in units of the result.</summary>
    /// <param name="weights">Laid out as the geometry says.</param>
    public NoisePrediction PredictedNoise(ReadOnlySpan<short> weights) => NoisePrediction.Of(this, weights);

    /// <summary>The error for any weights that the consumer may have.</summary>
    public NoisePrediction LargestNoise => NoisePrediction.OfLargest(this);

    /// <summary>The outputs that polynomial <paramref name="index"/> holds, in the order of the response.</summary>
    internal PackedOutputs Outputs(int index)
    {
        PackingLayout at = Request.Layout;
        int polynomial = index % PolynomialsPerBundle, bundle = index / PolynomialsPerBundle % at.Bundles;
        int tile = index / (PolynomialsPerBundle * at.Bundles);
        int row = tile / at.Columns.Tiles * at.Rows.Outputs, column = tile % at.Columns.Tiles * at.Columns.Outputs;
        int groupChannels = Geometry.OutChannels / Geometry.Groups, channel = polynomial * ChannelsPerPolynomial;
        return new PackedOutputs(
            bundle * at.GroupsPerBundle, Math.Min(at.GroupsPerBundle, at.Groups - bundle * at.GroupsPerBundle),
            channel, Math.Min(ChannelsPerPolynomial, groupChannels - channel),
            row, Math.Clamp(Geometry.OutHeight - row, 0, at.Rows.Outputs),
            column, Math.Clamp(Geometry.OutWidth - column, 0, at.Columns.Outputs));
    }

    /// <summary>Coefficients and output elements of a polynomial, both in the order of the response.</summary>
    internal void Places(in PackedOutputs outputs, Span<int> coefficients, Span<int> elements)
    {
        PackingLayout at = Request.Layout;
        int groupChannels = Geometry.OutChannels / Geometry.Groups, count = 0;
        for (int g = 0; g < outputs.Groups; g++)
            for (int m = 0; m < outputs.Channels; m++)
            {
                int channel = (outputs.FirstGroup + g) * groupChannels + outputs.FirstChannel + m;
                int origin = 2 * GroupPositions.Of(g) * at.GroupPitch + m * at.ChannelPitch;
                for (int y = 0; y < outputs.Rows; y++)
                {
                    int element = (channel * Geometry.OutHeight + outputs.Row + y) * Geometry.OutWidth + outputs.Column;
                    for (int x = 0; x < outputs.Columns; x++, count++)
                    {
                        coefficients[count] = origin + y * at.RowPitch + x;
                        elements[count] = element + x;
                    }
                }
            }
    }

    /// <summary>l and the shift of output channel <paramref name="run"/> of a polynomial, counted as <see cref="Places"/> goes.</summary>
    internal int AccumulatorBits(in PackedOutputs outputs, int run)
    {
        int group = outputs.FirstGroup + run / outputs.Channels, channel = outputs.FirstChannel + run % outputs.Channels;
        return Kept.RingBits + Kept.ChannelShifts[group * (Geometry.OutChannels / Geometry.Groups) + channel];
    }

    private int PolynomialBytes(int index)
    {
        int used = Outputs(index).Count;
        return used == 0 ? 0 : BitPacking.PackedBytes(Request.Parameters.Degree, MaskBits) + BitPacking.PackedBytes(used, BodyBits);
    }
}

/// <summary>A box of outputs: channels are relative to their group.</summary>
internal readonly record struct PackedOutputs(
    int FirstGroup, int Groups, int FirstChannel, int Channels, int Row, int Rows, int Column, int Columns)
{
    public int Count => Groups * Channels * Rows * Columns;
}
