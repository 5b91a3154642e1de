using System.Collections.Immutable;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// The largest primes below 2^50 that are 1 modulo 2^17, so that each has negacyclic transforms for every N up to 65,536.
/// Why 50 bits and not 49: docs/decisions/0001-ntt-prime.md.
/// </summary>
public static class NttPrimes
{
    /// <summary>In descending order.</summary>
    public static ImmutableArray<ulong> Values { get; } =
        [1125899903827969, 1125899902124033, 1125899887312897, 1125899886395393];

    /// <summary>
    /// The largest primes of exactly <paramref name="bits"/> bits that are 1 modulo 2 * degree and not among those excluded, in
    /// descending order.
    /// </summary>
    /// <param name="bits">At most <see cref="PrimeModulus.BitsMax"/>.</param>
    /// <param name="degree">A power of two.</param>
    /// <param name="excluded">Primes taken already.</param>
    /// <exception cref="ParameterException">There are not so many.</exception>
    public static ImmutableArray<ulong> Largest(int bits, int degree, int count, IEnumerable<ulong> excluded)
    {
        if (bits is < 2 or > PrimeModulus.BitsMax || degree < 1)
            throw new ParameterException($"no primes of {bits} bits for the degree {degree}: at most {PrimeModulus.BitsMax} bits");
        HashSet<ulong> taken = [.. excluded];
        ulong step = 2 * (ulong)degree, smallest = 1UL << (bits - 1);
        List<ulong> found = [];
        for (ulong candidate = (1UL << bits) - step + 1; found.Count < count && candidate >= smallest; candidate -= step)
            if (!taken.Contains(candidate) && PrimeModulus.IsPrime(candidate)) found.Add(candidate);
        if (found.Count < count)
            throw new ParameterException($"there are {found.Count} primes of {bits} bits that are 1 modulo {step}, not {count}");
        return [.. found];
    }
}
