using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.HomomorphicEncryption.Rlwe;

/// <summary>
/// Samples small integers symmetric about zero by comparing 63 uniform bits with every entry of a table of
/// probabilities, the sign coming from the 64th bit. Every sample costs the same operations: constant time. The
/// distance from the exact distribution is at most 2^-63 for each entry of the table.
/// </summary>
internal sealed class SmallSampler
{
    private const int BatchSamples = 256;
    private const double TailDeviations = 12;

    // Entry k is 2^63 times the probability that the magnitude is at most k.
    private readonly long[] _table;

    private SmallSampler(long[] table) => _table = table;

    /// <summary>-1, 0 and 1, a third each.</summary>
    public static SmallSampler Ternary { get; } = new([(long)((((UInt128)1 << 63) + 1) / 3)]);

    /// <summary>
    /// The discrete Gaussian: probability of x proportional to exp(-x^2 / (2 deviation^2)), cut where it is below 2^-63.
    /// </summary>
    public static SmallSampler Gaussian(double deviation)
    {
        int tail = (int)Math.Ceiling(TailDeviations * deviation);
        double total = 1;
        for (int k = tail; k > 0; k--) total += 2 * Weight(k, deviation);
        List<long> table = [];
        double above = 0;
        for (int k = tail; k > 0; k--)
        {
            above += 2 * Weight(k, deviation) / total;
            long complement = (long)(above * Math.Pow(2, 63));
            if (complement > 0) table.Add(long.MaxValue - complement);
        }
        table.Reverse();
        return new SmallSampler([.. table]);
    }

    /// <summary>Fills with independent samples.</summary>
    public void Fill(Prg randomness, Span<double> samples)
    {
        Span<long> batch = stackalloc long[BatchSamples];
        for (int at = 0; at < samples.Length; at += BatchSamples)
        {
            Span<double> some = samples[at..Math.Min(at + BatchSamples, samples.Length)];
            randomness.Fill(batch);
            Map(batch);
            for (int i = 0; i < some.Length; i++) some[i] = batch[i];
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(batch));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Map(Span<long> batch)
    {
        Span<Vector256<long>> vectors = MemoryMarshal.Cast<long, Vector256<long>>(batch);
        Vector256<long> most = Vector256.Create(long.MaxValue);
        for (int i = 0; i < vectors.Length; i++)
        {
            Vector256<long> sign = Vector256.ShiftRightArithmetic(vectors[i], 63), bits = vectors[i] & most;
            Vector256<long> magnitude = Vector256<long>.Zero;
            foreach (long entry in _table) magnitude -= Vector256.GreaterThan(bits, Vector256.Create(entry));
            vectors[i] = (magnitude ^ sign) - sign;
        }
    }

    private static double Weight(int x, double deviation) => Math.Exp(-(double)x * x / (2 * deviation * deviation));
}
