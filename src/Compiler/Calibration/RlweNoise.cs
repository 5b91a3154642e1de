using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// An upper bound on the noise of a linear layer under ring-LWE with N = 2048 and q above 2^49.99, for compiling without
/// the encryption at hand: six deviations, which an output exceeds with probability 2^-29. In units of the result. With v = 21/2 the
/// variance of an error, a ciphertext's error and rounded plaintext contribute |w|_2 * sqrt(v + 1/12) * 2^32 / q; bits that
/// requests and responses leave out each cost about a sixteenth, shared by the summands; rounded shares sqrt(2/12) of an accumulator's unit.
/// </summary>
public static class RlweNoise
{
    /// <summary>An eighth of a unit: then a result is still within one unit of rounding to the nearest.</summary>
    public const double LimitUnits = 1.0 / 8;

    private const int RingDimension = 2048, WeightMax = 4095, RoundedBitsMax = 36, RoundedExcessBits = 10;
    private const double Deviations = 6, RequestBound = 1.0 / 16;

    /// <summary>Of coefficients rounded to one bit after the point, times a ternary secret: sqrt(N/18), and their own.</summary>
    private static readonly double ResponseDeviation = Math.Sqrt(RingDimension / 18.0 + 64 / 12.0);

    private static readonly double ErrorDeviation = Math.Sqrt(21.0 / 2 + 1.0 / 12), UnitsPerModulus = Math.Pow(2, 32 - 49.99);

    /// <exception cref="ParameterException">A layer's error may be larger than the limit; the message names it.</exception>
    public static void Check(string layer, double boundUnits)
    {
        if (boundUnits > LimitUnits)
            throw new ParameterException(
                $"layer '{layer}': the error of its encryption may reach {boundUnits:F2} units of its result; {LimitUnits:F3} are allowed.");
    }

    /// <summary>
    /// The bound of one summand. |w|_2 runs over all weights that share a ciphertext with an output: of at most
    /// N output channels, over all their inputs, whatever packing the encryption chooses. Larger weights than 4,095 are allowed for.
    /// </summary>
    public static double Bound(
        ConvolutionGeometry geometry, ReadOnlySpan<short> weights, ReadOnlySpan<int> channelShifts, int ringBits, int summands)
    {
        double[] squares = new double[geometry.OutChannels];
        double largest = WeightMax;
        for (int i = 0; i < weights.Length; i++)
        {
            squares[i / geometry.FanIn] += (double)weights[i] * weights[i];
            largest = Math.Max(largest, Math.Abs((double)weights[i]));
        }
        double finest = 0;
        for (int c = 0; c < squares.Length; c++)
        {
            squares[c] *= Math.Pow(4, -channelShifts[c]);
            finest = Math.Max(finest, Math.Pow(4, -channelShifts[c]));
        }
        double norm = Math.Sqrt(squares.OrderDescending().Take(RingDimension).Sum());
        int responseBits = Math.Min(RoundedBitsMax, ringBits + RoundedExcessBits + (int)Math.Ceiling(Math.Log2(summands))) - ringBits;
        double error = ErrorDeviation * norm * UnitsPerModulus, response = ResponseDeviation * Math.Pow(2, -responseBits);
        double request = RequestBound / summands / Deviations * largest / WeightMax;
        return Deviations * Math.Sqrt(error * error + request * request + response * response + 2 * finest / 12);
    }
}
