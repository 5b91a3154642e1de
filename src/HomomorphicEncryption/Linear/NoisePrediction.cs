using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// The error that encryption adds to a result: of client share + server share against W*r, in units of the result, that is
/// of 2^shift of a channel's accumulator.
/// </summary>
/// <param name="DeviationUnits">Standard deviation in the polynomial with the largest weights.</param>
public readonly record struct NoisePrediction(double DeviationUnits)
{
    /// <summary>Six deviations: exceeded with probability 2^-29 an output.</summary>
    public double BoundUnits => 6 * DeviationUnits;

    /// <summary>
    /// With |w|^2 over all weights of all blocks of one output polynomial in units of the result, k the bits that a request drops, v = 21/2
    /// the variance of an error and h = 2N/3 that of a sum of N ternary products: |w|^2 (v + 1/12 + (4^k - 1)/12) (2^32/q)^2 from
    /// encryption and its rounding; 2hv (2^l/q)^2 from masking; h/12 and 1/12 of the widths of a response; 1/12 for each share.
    /// </summary>
    internal static NoisePrediction Of(LinearPacking packing, ReadOnlySpan<short> weights) => OfNorm(packing, SquaredNormMax(packing, weights));

    /// <summary>The same for the largest weights, or digits, that a consumer may have.</summary>
    internal static NoisePrediction OfLargest(LinearPacking packing)
    {
        int groups = Math.Min(packing.Request.Layout.GroupsPerBundle, packing.Request.Layout.Groups);
        return OfNorm(packing, Math.Pow(packing.Kept.NormMax(groups * packing.ChannelsPerPolynomial), 2));
    }

    private static NoisePrediction OfNorm(LinearPacking packing, double squaredNorm)
    {
        RlweParameters parameters = packing.Request.Parameters;
        int ringBits = packing.Kept.RingBits;
        double modulus = parameters.Primes[0], unit = Math.Pow(2, CiphertextWidths.PlaintextBits) / modulus;
        double ternary = parameters.Degree * 2.0 / 3, variance = ResidueSampler.NoiseDeviation * ResidueSampler.NoiseDeviation;
        double encryption = variance + Math.Pow(4, packing.Request.DroppedBits) / 12;
        double masking = 2 * ternary * variance * Math.Pow(Math.Pow(2, ringBits) / modulus, 2);
        double rounding = ternary * Math.Pow(4, ringBits - packing.MaskBits) + Math.Pow(4, ringBits - packing.BodyBits)
            + 2 * Math.Pow(4, -packing.Kept.ChannelShifts.Min());
        return new NoisePrediction(Math.Sqrt(squaredNorm * encryption * unit * unit + masking + rounding / 12));
    }

    /// <summary>The largest |w|^2 of the weights packed for one output polynomial, in units of the result.</summary>
    private static double SquaredNormMax(LinearPacking packing, ReadOnlySpan<short> weights)
    {
        double[] channels = new double[packing.Geometry.OutChannels];
        for (int i = 0; i < weights.Length; i++) channels[i / packing.Geometry.FanIn] += (double)weights[i] * weights[i];
        for (int c = 0; c < channels.Length; c++) channels[c] *= Math.Pow(4, -packing.Kept.ChannelShifts[c]);
        double largest = 0;
        int groupChannels = packing.Geometry.OutChannels / packing.Geometry.Groups;
        for (int index = 0; index < packing.PolynomialsPerBundle * packing.Request.Layout.Bundles; index++)
        {
            PackedOutputs outputs = packing.Outputs(index);
            double sum = 0;
            for (int g = 0; g < outputs.Groups; g++)
                for (int m = 0; m < outputs.Channels; m++)
                    sum += channels[(outputs.FirstGroup + g) * groupChannels + outputs.FirstChannel + m];
            largest = Math.Max(largest, sum);
        }
        return largest;
    }
}
