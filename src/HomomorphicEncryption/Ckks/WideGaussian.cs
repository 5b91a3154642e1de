using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Integers from a discrete Gaussian of a wide deviation: z[0] + k z[1] + k^2 z[2] + ... + f z[m], with z[i] from a table for deviation
/// 16, k = 8, and f the least factor for which the deviation is at least the one asked for. Constant time.
/// </summary>
/// <remarks>
/// The sum of discrete Gaussians on Z and on kZ is one again, up to 2^-60 relatively, as long as the narrower has at least the smoothing parameter of kZ:
/// 16 / 8 = 2 is above the 1.5 that 2^-60 needs. Source: Micciancio and Walter, "Gaussian Sampling over the Integers" (2017), section 3. The
/// table is read whole for every number, holds doubles, and is cut where 2^-63 remains.
/// </remarks>
internal static class WideGaussian
{
    private const double BaseDeviation = 16;
    private const int Factor = 8, Tail = 160;

    /// <summary>Largest deviation: results stay exact in doubles.</summary>
    public const double DeviationMax = 1L << 48;

    /// <summary>Entry i: 2^63 times the probability of a magnitude of at most i.</summary>
    private static readonly long[] Cumulative = Table();

    /// <summary>result += noise.</summary>
    /// <param name="deviation">At least this much, and exactly <see cref="DeviationFor"/>.</param>
    /// <exception cref="ParameterException">The deviation is above 2^48.</exception>
    public static void Add(Prg prg, double deviation, Span<double> result)
    {
        using AlignedBuffer<ulong> words = new(result.Length);
        foreach (double factor in Factors(deviation)) AddBase(prg, factor, words.Span, result);
    }

    /// <summary>Less than 1.6 times what is asked for from 16 on, less than 1.1 times from 128 on.</summary>
    /// <exception cref="ParameterException">The deviation is above 2^48.</exception>
    public static double DeviationFor(double deviation) => BaseDeviation * Math.Sqrt(Factors(deviation).Sum(factor => factor * factor));

    private static List<double> Factors(double deviation)
    {
        if (!(deviation <= DeviationMax)) throw new ParameterException($"noise of deviation {deviation:G4} is above {DeviationMax:G4}");
        List<double> factors = [1];
        double missing = Math.Pow(deviation / BaseDeviation, 2) - 1;
        for (; missing > 0; missing -= factors[^1] * factors[^1]) factors.Add(Math.Min(factors[^1] * Factor, Math.Ceiling(Math.Sqrt(missing))));
        return factors;
    }

    /// <summary>result += factor * z.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddBase(Prg prg, double factor, Span<ulong> words, Span<double> result)
    {
        using (AesCounter stream = KeyStream.From(prg)) stream.Fill(0, MemoryMarshal.AsBytes(words));
        ReadOnlySpan<long> cumulative = Cumulative;
        for (int i = 0; i < words.Length; i++)
        {
            long draw = (long)(words[i] >> 1), magnitude = 0;
            foreach (long bound in cumulative) magnitude -= bound - 1 - draw >> 63;
            long sign = -(long)(words[i] & 1);
            result[i] += factor * ((magnitude ^ sign) - sign);
        }
    }

    /// <summary>Magnitude 0 has one sign, the others two.</summary>
    private static long[] Table()
    {
        double[] weights = [.. Enumerable.Range(0, Tail).Select(i => (i == 0 ? 1 : 2) * Math.Exp(-i * i / (2 * BaseDeviation * BaseDeviation)))];
        double total = weights.Sum(), sum = 0;
        long[] table = new long[Tail - 1];
        for (int i = 0; i < table.Length; i++) table[i] = (long)Math.Min((sum += weights[i]) / total * Math.ScaleB(1, 63), long.MaxValue);
        return table;
    }
}
