namespace Blindsight.Attestation.Collection;

/// <summary>Something that makes evidence about the machine that this program runs on.</summary>
public interface IEvidenceSource
{
    /// <summary>Whether its evidence can be verified as more than NOT ATTESTED. False for the simulated source only.</summary>
    Assurance Assurance { get; }

    /// <summary>Evidence made for <paramref name="reportData"/>.</summary>
    /// <param name="reportData">64 bytes, usually a hash of the verifier's nonce and of this program's keys.</param>
    /// <exception cref="ArgumentException">Report data of another length.</exception>
    /// <exception cref="AttestationException">SourceUnavailable, SourceRaced or SourceFailed.</exception>
    Evidence Collect(Octets reportData);
}
