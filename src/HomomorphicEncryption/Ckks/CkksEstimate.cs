using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>What is known of a message without knowing it. Public, so it follows from declared bounds alone.</summary>
/// <param name="Magnitude">Bound of |z| of the numbers in all slots.</param>
/// <param name="Deviation">Standard deviation of each coefficient of the noise, in units of the scaled message.</param>
/// <remarks>
/// With v = Deviation^2, s a scale and B a magnitude: by Parseval the coefficients of a message have |m|^2 = s^2 mean |z|^2, at most
/// (s B)^2, and each of them is at most s B. Noise is modelled as independent between operands; h = 2N/3 is the variance of a sum
/// of N ternary products of unit variance. Sources: Cheon and others (2017), section 3.4; average case as in Costache and others,
/// "On the Precision Loss in Approximate Homomorphic Encryption" (2022).
/// </remarks>
public readonly record struct CkksEstimate(double Magnitude, double Deviation)
{
    /// <summary>Deviations in a bound: exceeded with probability 2^-49 for one number.</summary>
    public const int BoundDeviations = 8;

    /// <summary>Bound of the relative rounding of the embedding in doubles: encoding, decoding and eight deviations.</summary>
    public const double FloatingError = 1.5e-14;

    private double Variance => Deviation * Deviation;

    /// <summary>Deviation of the real and of the imaginary part of each number: each sums N coefficients, of which half the variance.</summary>
    public double SlotDeviation(CkksParameters parameters, double scale) => Deviation * Math.Sqrt(parameters.Degree / 2.0) / scale;

    /// <summary>Bound of the error of the real and of the imaginary part of each number.</summary>
    public double ErrorBound(CkksParameters parameters, double scale) =>
        BoundDeviations * SlotDeviation(parameters, scale) + FloatingError * Magnitude;

    /// <summary>log2 of the bound of the coefficients of message and noise.</summary>
    internal double Bits(double scale) => Math.Log2(scale * Magnitude + BoundDeviations * Deviation + 1);

    /// <exception cref="ParameterException">Message and noise may wrap around the modulus.</exception>
    public void CheckFit(CkksParameters parameters, int level, double scale)
    {
        if (!double.IsFinite(Magnitude) || !double.IsFinite(Deviation) || Magnitude < 0 || Deviation < 0)
            throw new ParameterException("magnitude and deviation are not finite numbers of at least 0");
        double bits = Bits(scale);
        if (bits + 1 > parameters.ModulusBits(level))
            throw new ParameterException($"a message of magnitude {Magnitude:G4} at scale 2^{Math.Log2(scale):F1} with noise of deviation "
                + $"2^{Math.Log2(Math.Max(1, Deviation)):F1} takes {bits + 1:F1} bits; level {level} has {parameters.ModulusBits(level):F1}");
    }

    /// <summary>Rounding of coefficients, 1/12, and of the doubles that they came from, 2^-50 of the message's norm.</summary>
    public static CkksEstimate Encoded(CkksParameters parameters, double magnitude, double scale) =>
        new(magnitude, Math.Sqrt(1.0 / 12 + Math.Pow(Math.ScaleB(scale * magnitude, -50), 2) / parameters.Degree));

    /// <summary>Encryption under the secret key.</summary>
    public CkksEstimate SecretKeyEncrypted() => With(Variance + NoiseVariance);

    /// <summary>e u + e0 + e1 s.</summary>
    public CkksEstimate PublicKeyEncrypted(CkksParameters parameters) =>
        With(Variance + NoiseVariance * (1 + 2 * Ternary(parameters)));

    /// <summary>The same element added to itself has noise that adds up.</summary>
    public CkksEstimate Plus(CkksEstimate other, bool same = false) =>
        new(Magnitude + other.Magnitude, same ? 2 * Deviation : Math.Sqrt(Variance + other.Variance));

    /// <summary>The rounding, at most 1/2, is that of one coefficient.</summary>
    public CkksEstimate PlusConstant(double constant, CkksParameters parameters) =>
        new(Magnitude + Math.Abs(constant), Math.Sqrt(Variance + 0.25 / parameters.Degree));

    /// <summary>(m + e)(m' + e') - m m': v |m'|^2 + v' |m|^2 + N v v'; of a square 4 v |m|^2 + 2 N v^2.</summary>
    public CkksEstimate Times(CkksEstimate other, CkksParameters parameters, double scale, double otherScale, bool same = false)
    {
        double norm = scale * Magnitude, otherNorm = otherScale * other.Magnitude;
        double variance = Variance * otherNorm * otherNorm + other.Variance * norm * norm + parameters.Degree * Variance * other.Variance;
        return new(Magnitude * other.Magnitude, Math.Sqrt(same ? 2 * variance : variance));
    }

    /// <summary>Times round(c * otherScale), whose rounding is at most 1/2 and the same for all coefficients.</summary>
    public CkksEstimate TimesConstant(double constant, CkksParameters parameters, double scale, double otherScale)
    {
        double rounding = scale * Magnitude / 2;
        return new(Magnitude * Math.Abs(constant),
            Math.Sqrt(Variance * Math.Pow(constant * otherScale, 2) + rounding * rounding / parameters.Degree));
    }

    /// <summary>Division by a prime, and the rounding of both parts.</summary>
    public CkksEstimate Rescaled(CkksParameters parameters, double prime) =>
        With(Variance / (prime * prime) + RoundingVariance(parameters));

    /// <summary>The sum over digits of d e / P, d uniform modulo q[j], and the rounding of both parts.</summary>
    public CkksEstimate KeySwitched(CkksParameters parameters, int level)
    {
        double digits = 0;
        for (int j = 0; j < level; j++) digits += Math.Pow((double)parameters.Primes[j] / parameters.SpecialPrime, 2);
        return With(Variance + digits * parameters.Degree * NoiseVariance / 12 + RoundingVariance(parameters));
    }

    private CkksEstimate With(double variance) => this with { Deviation = Math.Sqrt(variance) };

    private static double NoiseVariance => ResidueSampler.NoiseDeviation * ResidueSampler.NoiseDeviation;

    private static double Ternary(CkksParameters parameters) => parameters.Degree * 2.0 / 3;

    private static double RoundingVariance(CkksParameters parameters) => (1 + Ternary(parameters)) / 12;
}
