using System.Collections.Immutable;

namespace Blindsight.HomomorphicEncryption.Rlwe;

/// <summary>An unchecked choice of parameters; <see cref="RlweParameters.Create"/> checks it.</summary>
/// <param name="Degree">N of the ring Z[X]/(X^N + 1).</param>
/// <param name="Primes">Primes below 2^50 that are 1 modulo 2N; their product is the modulus q.</param>
public sealed record RlweParameterSpec(int Degree, ImmutableArray<ulong> Primes);
