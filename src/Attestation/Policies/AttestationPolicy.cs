namespace Blindsight.Attestation.Policies;

/// <summary>
/// What a verifier demands. Immutable. Evidence of a kind without a section here is refused, and within a section whatever is not
/// named or permitted is refused.
/// </summary>
public sealed record AttestationPolicy
{
    /// <summary>Bytes of report data in every kind of evidence.</summary>
    public const int ReportDataBytes = 64;

    /// <summary>The 64 bytes that the evidence must have been made for: a hash of the verifier's nonce and of the keys to be trusted.</summary>
    /// <exception cref="ArgumentException">Of another length.</exception>
    public required Octets ReportData { get; init => field = Sized.Check(value, ReportDataBytes, nameof(ReportData)); }

    /// <summary>What is demanded of an SEV-SNP report; null: refused.</summary>
    public SnpPolicy? SevSnp { get; init; }

    /// <summary>What is demanded of an SGX quote; null: refused.</summary>
    public SgxPolicy? Sgx { get; init; }

    /// <summary>What is demanded of a TDX quote; null: refused.</summary>
    public TdxPolicy? Tdx { get; init; }

    /// <summary>What is demanded of simulated evidence, which proves nothing; null, as it should be outside tests: refused.</summary>
    public SimulatedPolicy? SimulatedNotAttested { get; init; }
}
