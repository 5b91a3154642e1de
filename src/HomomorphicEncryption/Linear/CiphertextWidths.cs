namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>Bits of coefficients on the wire.</summary>
internal static class CiphertextWidths
{
    /// <summary>A residue.</summary>
    public const int ResidueBits = 50;

    /// <summary>
    /// High bits of a coefficient of a response's first half. Rounding errors are multiplied by the secret: with
    /// 2/3 of N = 2048 coefficients not zero the deviation is sqrt(1365/12) = 10.7 of 2^-36, that is 0.67 units of 2^-32.
    /// </summary>
    public const int MaskBits = 36;

    /// <summary>High bits of a coefficient of a response's second half: 0.14 units.</summary>
    public const int BodyBits = 33;

    /// <summary>Bits of the plaintext ring.</summary>
    public const int PlaintextBits = 32;
}
