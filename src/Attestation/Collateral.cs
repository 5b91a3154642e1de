namespace Blindsight.Attestation;

/// <summary>
/// What a verifier needs beside the evidence: certificates, revocation lists, signed statements. Anybody may deliver it; nothing
/// in it is believed before it is checked up to a pinned root.
/// </summary>
public abstract class Collateral
{
    /// <summary>The longest part that is looked at, in bytes.</summary>
    public const int PartBytesMax = 1 << 22;

    private protected Collateral() { }

    /// <summary>None, for simulated evidence.</summary>
    public static Collateral None { get; } = new Nothing();

    private protected static ReadOnlyMemory<byte> Copied(ReadOnlyMemory<byte> part, string name)
    {
        if (part.Length > PartBytesMax)
            throw new AttestationException(AttestationFault.CollateralMalformed, name, $"{part.Length} bytes, at most {PartBytesMax} are looked at");
        return part.ToArray();
    }

    private sealed class Nothing : Collateral;
}
