using Blindsight.Attestation.Snp;

namespace Blindsight.Attestation;

/// <summary>The certificates and the revocation list that go with an SEV-SNP report. The root is pinned and not given.</summary>
public sealed class SnpCollateral : Collateral
{
    /// <param name="endorsementKey">The certificate (DER) of the key that signs reports: VCEK, one a chip, or VLEK, leased to a host.</param>
    /// <param name="intermediate">The certificate (DER) of its issuer: ASK for a VCEK, ASVK for a VLEK.</param>
    /// <param name="revocationList">AMD's list (DER), signed by the root; empty if there is none.</param>
    /// <exception cref="AttestationException">CollateralMalformed: a part is too long.</exception>
    public SnpCollateral(ReadOnlyMemory<byte> endorsementKey, ReadOnlyMemory<byte> intermediate, ReadOnlyMemory<byte> revocationList = default)
    {
        EndorsementKey = Copied(endorsementKey, "endorsement key");
        Intermediate = Copied(intermediate, "intermediate");
        RevocationList = Copied(revocationList, "revocation list");
    }

    /// <summary>DER of the VCEK's or VLEK's certificate.</summary>
    public ReadOnlyMemory<byte> EndorsementKey { get; }

    /// <summary>DER of its issuer's certificate.</summary>
    public ReadOnlyMemory<byte> Intermediate { get; }

    /// <summary>DER of the revocation list, or empty.</summary>
    public ReadOnlyMemory<byte> RevocationList { get; }

    /// <summary>The certificates that the host delivered with the evidence, and a revocation list from elsewhere.</summary>
    /// <exception cref="AttestationException">EvidenceMalformed, or CollateralMissing if the host delivered none.</exception>
    public static SnpCollateral FromHost(Evidence evidence, ReadOnlyMemory<byte> revocationList = default)
    {
        SnpCertificateTable table = SnpCertificateTable.Parse(evidence.Endorsements);
        return new SnpCollateral(table.EndorsementKey, table.Intermediate, revocationList);
    }
}
