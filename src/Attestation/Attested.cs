using System.Collections.Immutable;

namespace Blindsight.Attestation;

/// <summary>What vouches for a verdict.</summary>
public enum Assurance
{
    /// <summary>Nothing: the evidence was simulated. Everything that shows the verdict must show <see cref="Attested.Label"/>.</summary>
    NotAttested,
    /// <summary>A processor's key, certified up to its maker's pinned root.</summary>
    Hardware,
}

/// <summary>The kind of protected environment that the evidence describes.</summary>
public enum Tee
{
    /// <summary>None; an ordinary process.</summary>
    Simulated,
    /// <summary>A virtual machine under AMD SEV-SNP.</summary>
    SevSnp,
    /// <summary>An enclave under Intel SGX.</summary>
    Sgx,
    /// <summary>A virtual machine ("trust domain") under Intel TDX.</summary>
    Tdx,
}

/// <summary>
/// The verdict on evidence that passed. Only the verifier can make one or change one, and it says itself whether any hardware stands
/// behind it.
/// </summary>
public sealed record Attested
{
    internal Attested(Tee tee, Octets measurement, Octets reportData, string product, string tcb, DateTimeOffset notAfter)
    {
        Tee = tee;
        Measurement = measurement;
        ReportData = reportData;
        Product = product;
        Tcb = tcb;
        NotAfter = notAfter;
    }

    /// <summary>Whether hardware vouches for the rest.</summary>
    public Assurance Assurance => Tee == Tee.Simulated ? Assurance.NotAttested : Assurance.Hardware;

    /// <summary>The kind of environment.</summary>
    public Tee Tee { get; }

    /// <summary>The hash of the code: launch measurement (SEV-SNP, 48 bytes), MRTD (TDX, 48) or MRENCLAVE (SGX, 32).</summary>
    public Octets Measurement { get; }

    /// <summary>The 64 bytes that the environment asked to have signed.</summary>
    public Octets ReportData { get; }

    /// <summary>The product: a line of processors and its stepping, or a platform family by Intel's number (FMSPC).</summary>
    public string Product { get; }

    /// <summary>The firmware versions (SEV-SNP) or the maker's verdict on them (SGX, TDX), in words.</summary>
    public string Tcb { get; }

    /// <summary>The maker's verdict on the firmware; null where the maker gives none (SEV-SNP).</summary>
    public TcbStatus? TcbStatus { get; internal init; }

    /// <summary>Open advisories that apply and that the policy accepted by name.</summary>
    public ImmutableArray<string> Advisories { get; internal init; } = [];

    /// <summary>TDX: RTMR0 to RTMR3, 48 bytes each. Else empty.</summary>
    public ImmutableArray<Octets> RuntimeMeasurements { get; internal init; } = [];

    /// <summary>SGX: MRSIGNER, 32 bytes. Else null.</summary>
    public Octets? Signer { get; internal init; }

    /// <summary>The chip's number in the report (SEV-SNP under a chip's own key). Else null.</summary>
    public Octets? ChipId { get; internal init; }

    /// <summary>Whether the environment can be debugged. True only if the policy permitted it.</summary>
    public bool Debug { get; internal init; }

    /// <summary>Whether revocation lists were checked. False only if the policy waived them.</summary>
    public bool RevocationChecked { get; internal init; }

    /// <summary>The verdict holds no longer than this: the first certificate, list or statement to expire.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>What every output that rests on this verdict must carry.</summary>
    public string Label => Assurance == Assurance.NotAttested
        ? "NOT ATTESTED (simulated)"
        : $"attested by {Product}{(Debug ? ", DEBUG: memory open to the host" : "")}{(RevocationChecked ? "" : ", revocation not checked")}";

    /// <summary>The label and the measurement.</summary>
    public override string ToString() => $"{Label}, measurement {Measurement}";
}
