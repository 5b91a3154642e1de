using System.Collections.Immutable;

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
}
