using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// An upper bound on the noise of a linear layer under ring-LWE with N = 2048 and q above 2^49.99, for compiling without
/// the encryption at hand: six deviations, which an output exceeds with probability 2^-29. With v = 21/2 the variance of an error,
/// a ciphertext's rounded plaintext and error contribute |w|_2 * sqrt(v + 1/12) * 2^32 / q, everything else 0.81 units.
/// </summary>
public static class RlweNoise
{
    private const int RingDimension = 2048;
    private const double Deviations = 6, RoundingDeviation = 0.81;
    private static readonly double ErrorDeviation = Math.Sqrt(21.0 / 2 + 1.0 / 12), UnitsPerModulus = Math.Pow(2, 32 - 49.99);

    /// <summary>
    /// The bound in units of the accumulator. |w|_2 runs over all weights that share a ciphertext with an output: of at most
    /// N output channels, over all their inputs, whatever packing the encryption chooses.
    /// </summary>
    public static double Bound(ConvolutionGeometry geometry, ReadOnlySpan<short> weights)
    {
        double[] squares = new double[geometry.OutChannels];
        for (int i = 0; i < weights.Length; i++) squares[i / geometry.FanIn] += (double)weights[i] * weights[i];
        double norm = Math.Sqrt(squares.OrderDescending().Take(RingDimension).Sum());
        double error = ErrorDeviation * norm * UnitsPerModulus;
        return Deviations * Math.Sqrt(error * error + RoundingDeviation * RoundingDeviation);
    }

    /// <summary>Fewest bits to drop so that the noise stays within an eighth of a unit: noise at most 2^(f-3).</summary>
    public static int ShiftMin(double noise) => noise <= 0 ? 3 : Math.Max(3, (int)Math.Ceiling(Math.Log2(noise)) + 3);
}
