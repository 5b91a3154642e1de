using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Arithmetic.Residues;

/// <summary>Random polynomials from a key stream. Each sampler reads 64 bits an element, from a block counter on.</summary>
public static class ResidueSampler
{
    /// <summary>Bits on either side of the centred binomial distribution of <see cref="AddNoise"/>.</summary>
    public const int NoiseCoins = 21;

    /// <summary>Largest magnitude of <see cref="AddNoise"/>.</summary>
    public const int NoiseMax = NoiseCoins;

    /// <summary>Standard deviation of <see cref="AddNoise"/>: sqrt(21/2) = 3.24.</summary>
    public static double NoiseDeviation { get; } = Math.Sqrt(NoiseCoins / 2.0);

    /// <summary>
    /// Canonical residues, exactly uniform: the low bits of each word, rejected where not below p. Rejected words say
    /// nothing of accepted ones, so time is independent of the result. Consumes (length + rejected) / 2 blocks, rounded
    /// up; fewer than 2^20 blocks for up to 2^19 elements.
    /// </summary>
    public static void Uniform(PrimeModulus modulus, AesCounter stream, ulong counter, Span<ulong> result)
    {
        ulong mask = ulong.MaxValue >> BitOperations.LeadingZeroCount(modulus.Value);
        int wholeBlocks = result.Length & ~1;
        stream.Fill(counter, MemoryMarshal.AsBytes(result[..wholeBlocks]));
        counter += (ulong)wholeBlocks / 2;
        int kept = 0;
        for (int i = 0; i < wholeBlocks; i++)
        {
            ulong candidate = result[i] & mask;
            if (candidate < modulus.Value) result[kept++] = candidate;
        }
        Span<ulong> words = stackalloc ulong[2];
        while (kept < result.Length)
        {
            stream.Fill(counter++, MemoryMarshal.AsBytes(words));
            foreach (ulong word in words)
                if ((word & mask) < modulus.Value && kept < result.Length) result[kept++] = word & mask;
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(words));
    }

    /// <summary>
    /// Elements of {-1, 0, 1}, each with probability 1/3 up to 2^-64: the high word of 3 * 64 bits, less 1. Constant time.
    /// </summary>
    /// <param name="result">An even number of elements.</param>
    public static void Ternary(AesCounter stream, ulong counter, Span<double> result)
    {
        Span<ulong> words = MemoryMarshal.Cast<double, ulong>(result);
        stream.Fill(counter, MemoryMarshal.AsBytes(words));
        for (int i = 0; i < words.Length; i++) result[i] = (long)Math.BigMul(words[i], 3, out _) - 1;
    }

    /// <summary>
    /// result += noise: the difference of two sums of 21 fair coins each, with variance 10.5. Constant time.
    /// </summary>
    /// <remarks>
    /// Stands for the discrete Gaussian of deviation 3.2 of the Homomorphic Encryption Standard, with a slightly larger
    /// variance (10.5 for 10.24): the reduction of decision-RLWE needs no particular shape, known attacks depend on the
    /// deviation alone, and 42 coins need no table, no rejection and no secret index.
    /// </remarks>
    /// <param name="scratch">As long as the result, an even number of elements; cleared.</param>
    public static void AddNoise(AesCounter stream, ulong counter, Span<double> result, Span<ulong> scratch)
    {
        scratch = scratch[..result.Length];
        stream.Fill(counter, MemoryMarshal.AsBytes(scratch));
        const ulong mask = (1UL << NoiseCoins) - 1;
        for (int i = 0; i < result.Length; i++)
            result[i] += BitOperations.PopCount(scratch[i] & mask) - BitOperations.PopCount(scratch[i] >> 43);
        scratch.Clear();
    }
}
