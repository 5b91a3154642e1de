using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// A linear map and what is kept of its result: channel c is computed modulo 2^(RingBits + ChannelShifts[c]), and its lowest
/// ChannelShifts[c] bits are dropped afterwards. Public: ciphertexts carry no more bits than that needs.
/// </summary>
public sealed record LinearConsumer
{
    private readonly ImmutableArray<double> _squares;

    /// <param name="geometry">The linear map.</param>
    /// <param name="ringBits">l, the bits of the result.</param>
    /// <param name="channelShifts">One for each output channel; l + shift at most 32.</param>
    /// <param name="summands">How many linear maps are added up to one result, and share its tolerance of errors.</param>
    /// <param name="opened">Whether the result is opened: then errors that depend on the weights are kept as small as they are.</param>
    /// <exception cref="ParameterException">Shifts or widths are out of range.</exception>
    public LinearConsumer(
        ConvolutionGeometry geometry, int ringBits, ImmutableArray<int> channelShifts, int summands = 1, bool opened = false)
    {
        if (channelShifts.Length != geometry.OutChannels || summands < 1 || ringBits is < 1 or > CiphertextWidths.RingBitsMax
            || channelShifts.Any(shift => shift < 0 || ringBits + shift > CiphertextWidths.PlaintextBits))
            throw new ParameterException(
                $"a linear layer keeps 1 to {CiphertextWidths.RingBitsMax} bits of a channel and drops what is below, 32 in all");
        (Geometry, RingBits, ChannelShifts, Summands, Opened) = (geometry, ringBits, channelShifts, summands, opened);
        _squares = Squares(shift => CiphertextWidths.WeightMax);
    }

    /// <summary>The linear map of the digits of another's weights.</summary>
    internal LinearConsumer(LinearConsumer of, WeightDigits digits)
        : this(of.Geometry with { InChannels = digits.Count * of.Geometry.InChannels }, of.RingBits, of.ChannelShifts, of.Summands, of.Opened)
    {
        Digits = digits;
        if (digits.Width(digits.Count - 1, RingBits + ChannelShifts.Max()) > WeightDigits.DigitBitsMax)
            throw new ParameterException($"a digit has 1 to {WeightDigits.DigitBitsMax} bits");
        _squares = Squares(shift => digits.LargestMean(RingBits + shift));
    }

    public ConvolutionGeometry Geometry { get; }
    public int RingBits { get; }
    public ImmutableArray<int> ChannelShifts { get; }
    public int Summands { get; }
    public bool Opened { get; }

    /// <summary>Where weights are digits of larger ones; null where they are weights.</summary>
    public WeightDigits? Digits { get; }

    /// <summary>A consumer that keeps 26 bits, all but the lowest 6 of 32: errors of some units of Z_2^32.</summary>
    public static LinearConsumer Precise(ConvolutionGeometry geometry) =>
        new(geometry, CiphertextWidths.RingBitsMax, [.. Enumerable.Repeat(6, geometry.OutChannels)]);

    /// <summary>
    /// The largest |w|_2 that so many output channels can have, in units of the result, for weights of <see cref="CiphertextWidths.WeightMax"/>
    /// or any digits.
    /// </summary>
    internal double NormMax(int channels) => Math.Sqrt(Geometry.FanIn * _squares[Math.Min(channels, _squares.Length) - 1]);

    /// <summary>By number of channels, the largest ones first, the sum of their largest squares in units of the result.</summary>
    private ImmutableArray<double> Squares(Func<int, double> weightMax)
    {
        double sum = 0;
        return [.. ChannelShifts.Select(shift => Math.Pow(weightMax(shift) * Math.Pow(2, -shift), 2)).OrderDescending().Select(square => sum += square)];
    }
}
