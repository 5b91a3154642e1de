using Blindsight.Arithmetic;

namespace Blindsight.HomomorphicEncryption.Security;

/// <summary>
/// The largest modulus for 128 bits of classical security with a uniform ternary secret and an error of deviation 3.2.
/// Source: Albrecht and others, "Homomorphic Encryption Standard", HomomorphicEncryption.org 2018, table 1.
/// </summary>
public static class SecurityTable
{
    /// <summary>Bits of security that every parameter set has at least.</summary>
    public const int SecurityBits = 128;

    /// <summary>Largest log2 of the modulus for a ring degree, 0 for a degree that is not in the table.</summary>
    public static int ModulusBitsMax(int degree) => degree switch
    {
        1024 => 27,
        2048 => 54,
        4096 => 109,
        8192 => 218,
        16384 => 438,
        32768 => 881,
        _ => 0,
    };

    /// <exception cref="ParameterException">The product of the primes is above the table's limit.</exception>
    public static void Require(int degree, IEnumerable<ulong> primes)
    {
        double bits = primes.Sum(prime => Math.Log2(prime));
        int bitsMax = ModulusBitsMax(degree);
        if (bitsMax == 0) throw new ParameterException($"no modulus is known to be secure at ring degree {degree}");
        if (bits > bitsMax)
            throw new ParameterException(
                $"a modulus of {bits:F1} bits at ring degree {degree} has less than {SecurityBits} bits of security; the limit is {bitsMax} bits");
    }
}
