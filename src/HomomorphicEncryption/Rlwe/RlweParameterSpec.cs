using Blindsight.Arithmetic.Ntt;

namespace Blindsight.HomomorphicEncryption.Rlwe;

/// <summary>Unchecked parameters of ring learning with errors: <see cref="RlweParameters.Create"/> checks them.</summary>
public sealed record RlweParameterSpec
{
    /// <summary>N, coefficients of a polynomial.</summary>
    public required int Size { get; init; }

    /// <summary>The primes whose product is the ciphertext modulus q.</summary>
    public required IReadOnlyList<PrimeModulus> Primes { get; init; }

    /// <summary>Standard deviation of the error.</summary>
    public double ErrorDeviation { get; init; } = 3.2;
}
