using System.Collections.Immutable;
using Blindsight.Arithmetic.Ntt;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>An unchecked choice of parameters; <see cref="CkksParameters.Create(CkksParameterSpec)"/> checks it.</summary>
/// <param name="Degree">N of the ring Z[X]/(X^N + 1), 4096 to 32,768.</param>
/// <param name="Primes">q[0], which remains to the end, to q[L-1], by which the first rescaling divides; each 1 modulo 2N.</param>
/// <param name="SpecialPrime">P of key switching, at least as large as every q[i].</param>
public sealed record CkksParameterSpec(int Degree, ImmutableArray<ulong> Primes, ulong SpecialPrime)
{
    /// <summary>Primes of given sizes: q[0] and P of <paramref name="outerBits"/>, the others of <paramref name="innerBits"/>.</summary>
    /// <param name="levels">How many primes the modulus of a fresh ciphertext has.</param>
    /// <param name="innerBits">Size of the primes by which rescaling divides, usually that of the scale.</param>
    /// <exception cref="Arithmetic.ParameterException">There are no such primes.</exception>
    public static CkksParameterSpec Of(int degree, int levels, int innerBits, int outerBits)
    {
        ImmutableArray<ulong> outer = NttPrimes.Largest(outerBits, degree, 2, []);
        ImmutableArray<ulong> inner = NttPrimes.Largest(innerBits, degree, levels - 1, outer);
        return new CkksParameterSpec(degree, [outer[1], .. inner], outer[0]);
    }
}
