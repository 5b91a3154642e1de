using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Security;

namespace Blindsight.HomomorphicEncryption.Rlwe;

/// <summary>
/// Checked ring-LWE parameters: degree, modulus, uniform ternary secrets, errors of deviation
/// <see cref="ResidueSampler.NoiseDeviation"/>. Immutable and thread-safe.
/// </summary>
public sealed class RlweParameters
{
    private RlweParameters(RlweParameterSpec spec)
    {
        if (spec.Primes.IsDefaultOrEmpty) throw new ParameterException("the modulus needs at least one prime");
        if (spec.Primes.Distinct().Count() != spec.Primes.Length) throw new ParameterException("the primes of the modulus must differ");
        Degree = spec.Degree;
        Primes = spec.Primes;
        Transforms = [.. spec.Primes.Select(prime => new NegacyclicNtt(spec.Degree, new PrimeModulus(prime)))];
    }

    /// <summary>The parameters of linear layers: N = 2048 and one prime of 50 bits.</summary>
    public static RlweParameters Linear { get; } = Create(new RlweParameterSpec(2048, [NttPrimes.Values[0]]));

    /// <summary>The parameters of base oblivious transfers: N = 4096 and two primes of 50 bits.</summary>
    public static RlweParameters BaseOt { get; } = Create(new RlweParameterSpec(4096, NttPrimes.Values[..2]));

    /// <summary>N.</summary>
    public int Degree { get; }

    /// <summary>The factors of q.</summary>
    public ImmutableArray<ulong> Primes { get; }

    /// <summary>One transform for each prime.</summary>
    internal ImmutableArray<NegacyclicNtt> Transforms { get; }

    /// <summary>Checks security and arithmetic.</summary>
    /// <exception cref="ParameterException">Less than 128 bits of security, or no transform for degree and primes.</exception>
    public static RlweParameters Create(RlweParameterSpec spec)
    {
        if (!spec.Primes.IsDefaultOrEmpty) SecurityTable.Require(spec.Degree, spec.Primes);
        return new RlweParameters(spec);
    }
}
