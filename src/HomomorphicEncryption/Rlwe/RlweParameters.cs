using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;

namespace Blindsight.HomomorphicEncryption.Rlwe;

/// <summary>
/// Checked parameters: uniform ternary secret, discrete Gaussian error, Z_q[X]/(X^N + 1). At least 128 bits of classical
/// security after the tables of the Homomorphic Encryption Standard (2018). Immutable and thread-safe.
/// </summary>
public sealed class RlweParameters
{
    private const double LeastErrorDeviation = 3.19;

    private RlweParameters(RlweParameterSpec spec, NegacyclicNtt[] transforms)
    {
        (Size, ErrorDeviation, Transforms) = (spec.Size, spec.ErrorDeviation, transforms);
    }

    /// <summary>N, coefficients of a polynomial.</summary>
    public int Size { get; }

    /// <summary>Standard deviation of the error.</summary>
    public double ErrorDeviation { get; }

    /// <summary>One transform for each prime of the modulus.</summary>
    public IReadOnlyList<NegacyclicNtt> Transforms { get; }

    /// <summary>Linear layers: N = 2048, one prime, plaintexts modulo 2^32.</summary>
    public static RlweParameters ForLinearLayers() => Create(new() { Size = 2048, Primes = [PrimeModulus.First] });

    /// <summary>Base oblivious transfers: N = 4096, two primes.</summary>
    public static RlweParameters ForBaseTransfers() =>
        Create(new() { Size = 4096, Primes = [PrimeModulus.First, PrimeModulus.Second] });

    /// <summary>Checks and builds.</summary>
    /// <exception cref="ParameterException">Fewer than 128 bits of security, or a size without a transform.</exception>
    public static RlweParameters Create(RlweParameterSpec spec)
    {
        int limitBits = MostModulusBits(spec.Size), bits = spec.Primes.Sum(prime => prime.BitLength);
        if (spec.Primes.Count == 0 || spec.Primes.Distinct().Count() != spec.Primes.Count)
            throw new ParameterException("The modulus needs one or more distinct primes.");
        if (bits > limitBits)
            throw new ParameterException(
                $"A modulus of {bits} bits at N = {spec.Size}: 128-bit security allows at most {limitBits} bits.");
        if (!(spec.ErrorDeviation >= LeastErrorDeviation))
            throw new ParameterException(
                $"An error deviation of {spec.ErrorDeviation}: 128-bit security needs at least {LeastErrorDeviation}.");
        return new RlweParameters(spec, [.. spec.Primes.Select(prime => new NegacyclicNtt(prime, spec.Size))]);
    }

    /// <summary>Bits of q that leave 128 bits of classical security for a ternary secret; 0 for a size not tabulated.</summary>
    private static int MostModulusBits(int size) => size switch
    {
        1024 => 27,
        2048 => 54,
        4096 => 109,
        8192 => 218,
        16384 => 438,
        32768 => 881,
        _ => 0,
    };
}
