namespace Blindsight.Attestation;

/// <summary>A line of AMD processors; each has its own root and its own numbering of firmware.</summary>
public enum SnpProduct
{
    /// <summary>EPYC 7003 (Zen 3).</summary>
    Milan,
    /// <summary>EPYC 9004 and 8004 (Zen 4), also called Bergamo and Siena.</summary>
    Genoa,
    /// <summary>EPYC 9005 (Zen 5).</summary>
    Turin,
}

/// <summary>
/// The versions of a processor's firmware, part by part. Comparable only within one product line and only part by part: there are
/// pairs of which neither is at least the other. <paramref name="Fmc"/> exists from Turin on and is 0 before.
/// </summary>
public readonly record struct SnpTcb(byte Fmc, byte Bootloader, byte Tee, byte Snp, byte Microcode)
{
    /// <summary>Whether every part is at least that of <paramref name="other"/>.</summary>
    public bool IsAtLeast(SnpTcb other) =>
        Fmc >= other.Fmc && Bootloader >= other.Bootloader && Tee >= other.Tee && Snp >= other.Snp && Microcode >= other.Microcode;

    /// <summary>
    /// Splits the eight bytes of a TCB_VERSION (SEV-SNP firmware ABI, AMD 56860, section 2.2): up to Genoa bootloader, tee, four
    /// reserved, snp, microcode; from Turin on fmc, bootloader, tee, snp, three reserved, microcode.
    /// </summary>
    internal static SnpTcb Split(ReadOnlySpan<byte> version, SnpProduct product) => product == SnpProduct.Turin
        ? new SnpTcb(version[0], version[1], version[2], version[3], version[7])
        : new SnpTcb(0, version[0], version[1], version[6], version[7]);

    /// <summary>The parts by name.</summary>
    public override string ToString() =>
        $"{(Fmc == 0 ? "" : $"fmc {Fmc}, ")}bootloader {Bootloader}, tee {Tee}, snp {Snp}, microcode {Microcode}";
}
