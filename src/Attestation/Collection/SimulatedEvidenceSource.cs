using System.Security.Cryptography;
using Blindsight.Attestation.Policies;
using Blindsight.Attestation.Simulated;

namespace Blindsight.Attestation.Collection;

/// <summary>
/// For machines without a TEE: signs what it is told with a key that it made itself. Its evidence is NOT ATTESTED, says so in its
/// first bytes, and is refused by every policy that does not accept it in so many words.
/// </summary>
public sealed class SimulatedEvidenceSource : IEvidenceSource, IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Octets measurement;

    /// <param name="measurement">What to claim as measurement, 48 bytes.</param>
    /// <exception cref="ArgumentException">Of another length.</exception>
    public SimulatedEvidenceSource(Octets measurement)
    {
        this.measurement = Sized.Check(measurement, SimulatedPolicy.MeasurementBytes, nameof(measurement));
        ECPoint point = key.ExportParameters(false).Q;
        Key = new Octets([.. point.X!, .. point.Y!]);
    }

    /// <summary>The public key (x and y on P-256, 64 bytes) that a policy can name.</summary>
    public Octets Key { get; }

    /// <summary>Always <see cref="Assurance.NotAttested"/>.</summary>
    public Assurance Assurance => Assurance.NotAttested;

    public Evidence Collect(Octets reportData)
    {
        Sized.Check(reportData, AttestationPolicy.ReportDataBytes, nameof(reportData));
        return new Evidence(EvidenceKind.Simulated, SimulatedEvidence.Make(key, measurement, reportData));
    }

    public void Dispose() => key.Dispose();
}
