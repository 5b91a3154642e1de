using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>The error of client share + server share against W*r, in units of Z_2^32.</summary>
/// <param name="DeviationUnits">Standard deviation in the polynomial with the largest weights.</param>
public readonly record struct NoisePrediction(double DeviationUnits)
{
    /// <summary>Six deviations: exceeded with probability 2^-29 an output.</summary>
    public double BoundUnits => 6 * DeviationUnits;

    /// <summary>
    /// With |w|^2 over all weights of all blocks of one output polynomial, v = 21/2 the variance of an error and h = 2N/3 that of a
    /// sum of N ternary products: (|w|^2 (v + 1/12) + 2hv) (2^32/q)^2 from encryption, its rounding, and masking; h/12 and 1/12 of
    /// the widths of a response; 1/12 for each share.
    /// </summary>
    internal static NoisePrediction Of(LinearPacking packing, ReadOnlySpan<short> weights)
    {
        RlweParameters parameters = packing.Request.Parameters;
        double unit = Math.Pow(2, CiphertextWidths.PlaintextBits) / parameters.Primes[0], ternary = parameters.Degree * 2.0 / 3;
        double variance = ResidueSampler.NoiseDeviation * ResidueSampler.NoiseDeviation;
        double maskStep = Math.Pow(2, CiphertextWidths.PlaintextBits - CiphertextWidths.MaskBits);
        double bodyStep = Math.Pow(2, CiphertextWidths.PlaintextBits - CiphertextWidths.BodyBits);
        double total = (SquaredNormMax(packing, weights) * (variance + 1.0 / 12) + 2 * ternary * variance) * unit * unit
            + (ternary * maskStep * maskStep + bodyStep * bodyStep + 2) / 12;
        return new NoisePrediction(Math.Sqrt(total));
    }

    /// <summary>The largest |w|^2 of the weights packed for one output polynomial.</summary>
    private static double SquaredNormMax(LinearPacking packing, ReadOnlySpan<short> weights)
    {
        double[] channels = new double[packing.Geometry.OutChannels];
        for (int i = 0; i < weights.Length; i++) channels[i / packing.Geometry.FanIn] += (double)weights[i] * weights[i];
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
