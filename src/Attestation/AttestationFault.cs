namespace Blindsight.Attestation;

/// <summary>Why evidence was refused. Every refusal of a verifier or of an evidence source names one of these.</summary>
public enum AttestationFault
{
    /// <summary>The evidence is not laid out as its kind requires: a wrong length, a reserved byte, a nested size that does not fit.</summary>
    EvidenceMalformed,
    /// <summary>Well laid out, but of a version, an algorithm or a type that this verifier does not know.</summary>
    EvidenceUnsupported,
    /// <summary>The policy has no section for this kind of evidence.</summary>
    EvidenceKindRefused,
    /// <summary>The evidence is simulated and the policy does not accept evidence that is NOT ATTESTED.</summary>
    SimulatedRefused,
    /// <summary>The signature on simulated evidence does not verify under the key inside it.</summary>
    SimulatedSignature,
    /// <summary>The signing key of simulated evidence is another than the policy names.</summary>
    SimulatedKeyRefused,

    /// <summary>A certificate, a list or a signed statement that the check needs was not given.</summary>
    CollateralMissing,
    /// <summary>A signed statement carries a good signature but cannot be read.</summary>
    CollateralMalformed,
    /// <summary>A signed statement is about another platform or another kind of evidence.</summary>
    CollateralMismatch,
    /// <summary>A signed statement was issued after the time of verification.</summary>
    CollateralNotYetValid,
    /// <summary>A signed statement should have been replaced before the time of verification.</summary>
    CollateralExpired,
    /// <summary>A signed statement is older than the policy allows (its evaluation number is below the minimum).</summary>
    CollateralSuperseded,
    /// <summary>The signature on the TCB information does not verify.</summary>
    TcbInfoSignature,
    /// <summary>The signature on the identity of the quoting enclave does not verify.</summary>
    QeIdentitySignature,

    /// <summary>A certificate cannot be read, or has an extension that must be understood and is not.</summary>
    CertificateMalformed,
    /// <summary>A certificate's signature does not verify under its issuer's key.</summary>
    CertificateSignature,
    /// <summary>A certificate may not be used for what it is used for here.</summary>
    CertificateUsage,
    /// <summary>A certificate is not valid yet.</summary>
    CertificateNotYetValid,
    /// <summary>A certificate has expired.</summary>
    CertificateExpired,
    /// <summary>A certificate is on its issuer's revocation list.</summary>
    CertificateRevoked,
    /// <summary>A certificate names another issuer than the next one in the chain, or the chain has the wrong number of links.</summary>
    ChainBroken,
    /// <summary>The chain ends in a root that is not one of the pinned ones.</summary>
    RootNotPinned,
    /// <summary>A revocation list cannot be read.</summary>
    CrlMalformed,
    /// <summary>A revocation list's signature does not verify, or it is another issuer's list.</summary>
    CrlSignature,
    /// <summary>A revocation list was issued after the time of verification.</summary>
    CrlNotYetValid,
    /// <summary>A revocation list should have been replaced before the time of verification.</summary>
    CrlExpired,

    /// <summary>The signature on an SEV-SNP report does not verify under the chip's key.</summary>
    ReportSignature,
    /// <summary>The signature on a quote does not verify under its attestation key.</summary>
    QuoteSignature,
    /// <summary>The signature on the quoting enclave's report does not verify under the platform's key.</summary>
    QeReportSignature,
    /// <summary>The quoting enclave's report does not vouch for the attestation key in the quote.</summary>
    AttestationKeyUnbound,
    /// <summary>The quoting enclave is not the one its identity statement describes.</summary>
    QeIdentityMismatch,
    /// <summary>The TDX module is not one that the TCB information describes.</summary>
    TdxModuleMismatch,

    /// <summary>The report and the certificate of the key that signed it state different firmware versions.</summary>
    TcbMismatch,
    /// <summary>A firmware version is below the policy's minimum.</summary>
    TcbBelowMinimum,
    /// <summary>The platform's versions are below every level that the TCB information lists.</summary>
    TcbLevelUnknown,
    /// <summary>The maker's verdict on the platform's versions (for example OutOfDate) is not one that the policy accepts.</summary>
    TcbStatusRefused,
    /// <summary>An open security advisory applies to the platform and the policy does not accept it by name.</summary>
    AdvisoryRefused,
    /// <summary>The platform runs firmware that its owner can still roll back.</summary>
    ProvisionalFirmware,

    /// <summary>The chip in the report is not the chip in the certificate, or not one that the policy names.</summary>
    ChipMismatch,
    /// <summary>The report is signed by a key that AMD leased to a cloud provider, which the policy does not permit.</summary>
    LeasedKeyRefused,
    /// <summary>The processor's product line is not one that the policy names, or the parts of the evidence disagree about it.</summary>
    ProductRefused,
    /// <summary>The guest or enclave can be debugged, so its memory is open to the host.</summary>
    DebugRefused,
    /// <summary>The guest was launched with another permission that the policy does not grant (SMT, migration, attributes).</summary>
    GuestPolicyRefused,
    /// <summary>The report was asked for from a less privileged level inside the guest than the policy accepts.</summary>
    PrivilegeLevelRefused,
    /// <summary>The code that was measured is not one that the policy names.</summary>
    MeasurementMismatch,
    /// <summary>The enclave's signer, product number or version is not the one that the policy names.</summary>
    SignerMismatch,
    /// <summary>The evidence was made for other report data.</summary>
    ReportDataMismatch,

    /// <summary>This machine offers no evidence of the kind asked for.</summary>
    SourceUnavailable,
    /// <summary>Somebody else used the same report entry while it was being read.</summary>
    SourceRaced,
    /// <summary>The kernel or the firmware answered with an error or with nonsense.</summary>
    SourceFailed,
}
