using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Flooding of decoded numbers where few of a ciphertext's slots are released, and nothing of its coefficients: a Gaussian of deviation
/// sqrt(12 r k) 2^(s/2) d on each of k numbers, d the predicted deviation of their noise, r the releases under one key, s the statistical bits.
/// </summary>
/// <remarks>
/// As <see cref="CkksRelease"/>, whose noise has a norm of sqrt(N) times its deviation where this has sqrt(k): that many times less flood does. Source: Li,
/// Micciancio, Schultz and Sorrell, "Securing Approximate Homomorphic Encryption Using Differential Privacy" (2022), section 4, with the norm of
/// what is released. The bound rests on d, as there. Results must be rounded to bits that the flood leaves.
/// </remarks>
/// <param name="Deviation">Of the flood, in units of the numbers.</param>
/// <param name="StatisticalBits">s, at least 0: 0 says that nothing is claimed.</param>
/// <param name="ErrorBound">Of each number: eight deviations of flood and noise.</param>
public readonly record struct CkksFlood(double Deviation, double StatisticalBits, double ErrorBound)
{
    /// <summary>Deviation of the integers that are drawn: below that of the finest grid, above what rounding shows.</summary>
    private const double GridDeviation = 1 << 24;

    /// <summary>The widest flood that the wanted bits need, no wider than the error that is permitted.</summary>
    /// <param name="noise">d, in units of the numbers.</param>
    /// <param name="numbers">k.</param>
    /// <param name="releases">r.</param>
    /// <param name="statisticalBits">s that is enough.</param>
    /// <param name="errorMax">Eight deviations of the flood are at most this.</param>
    /// <exception cref="ParameterException">A quantity is not positive.</exception>
    public static CkksFlood Of(double noise, int numbers, long releases, int statisticalBits, double errorMax)
    {
        if (!(noise > 0) || numbers < 1 || releases < 1 || statisticalBits < 1 || !(errorMax > 0))
            throw new ParameterException("a flood needs a deviation, numbers, releases, bits and an error that are positive");
        double least = Math.Sqrt(12.0 * releases * numbers) * noise;
        double deviation = Math.Min(least * Math.Pow(2, statisticalBits / 2.0), errorMax / CkksEstimate.BoundDeviations);
        return new(deviation, Math.Max(0, 2 * Math.Log2(deviation / least)),
            CkksEstimate.BoundDeviations * Math.Sqrt(deviation * deviation + noise * noise));
    }

    /// <summary>The power of two that numbers are rounded to multiples of: at least the error's bound.</summary>
    public double Unit => Math.ScaleB(1, Math.ILogB(ErrorBound) + 1);

    /// <summary>numbers = round((numbers + flood) / unit) unit. Constant time.</summary>
    public void Apply(Prg prg, Span<double> numbers)
    {
        // Whole blocks of key stream are drawn: two numbers each.
        using AlignedBuffer<double> flood = new(numbers.Length + (numbers.Length & 1));
        WideGaussian.Add(prg, GridDeviation, flood.Span);
        double grid = Deviation / GridDeviation, unit = Unit;
        for (int i = 0; i < numbers.Length; i++) numbers[i] = Math.Round((numbers[i] + grid * flood.Span[i]) / unit) * unit;
    }
}
