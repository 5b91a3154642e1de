using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// A conservative bound on the noise of a linear layer under ring-LWE with N = 2048, sigma = 3.2 and q = 2^48.99 for
/// compiling without the encryption at hand: six deviations of 3.2 * |w|_2 * 2^32 / q, plus the rounding of ciphertexts.
/// </summary>
public static class RlweNoise
{
    private const int RingDimension = 2048;
    private const double Deviations = 6, Sigma = 3.2, RoundingUnits = 4;
    private static readonly double UnitsPerModulus = Math.Pow(2, 32 - 48.99);

    /// <summary>
    /// The bound in units of the accumulator. |w|_2 runs over all weights that share a ciphertext with an output: at most
    /// N / (image size) output channels, over all their inputs.
    /// </summary>
    public static double Bound(ConvolutionGeometry geometry, ReadOnlySpan<short> weights)
    {
        int channels = Math.Clamp(RingDimension / (geometry.InHeight * geometry.InWidth), 1, geometry.OutChannels);
        double[] squares = new double[geometry.OutChannels];
        for (int i = 0; i < weights.Length; i++) squares[i / geometry.FanIn] += (double)weights[i] * weights[i];
        double norm = Math.Sqrt(squares.OrderDescending().Take(channels).Sum());
        return Deviations * Sigma * norm * UnitsPerModulus + RoundingUnits;
    }

    /// <summary>Fewest bits to drop so that the noise stays within an eighth of a unit: noise at most 2^(f-3).</summary>
    public static int ShiftMin(double noise) => noise <= 0 ? 3 : Math.Max(3, (int)Math.Ceiling(Math.Log2(noise)) + 3);
}
