using Blindsight.Attestation.Policies;

namespace Blindsight.Attestation.Simulated;

/// <summary>
/// Reads simulated evidence where the policy says in so many words that it will do. Measurement, report data and signature are
/// checked like anywhere else, so that mistakes show; the verdict says NOT ATTESTED.
/// </summary>
internal static class SimulatedVerifier
{
    public static Attested Verify(ReadOnlyMemory<byte> evidence, AttestationPolicy policy)
    {
        SimulatedPolicy demands = policy.SimulatedNotAttested
            ?? throw Fault(AttestationFault.SimulatedRefused, "proves nothing, and the policy does not accept it");
        (Octets key, Octets measurement, Octets reportData) = SimulatedEvidence.Read(evidence.Span);
        if (demands.Key is { } expected && !expected.Equals(key)) throw Fault(AttestationFault.SimulatedKeyRefused, "is signed by another key");
        if (!demands.Measurements.Contains(measurement)) throw Fault(AttestationFault.MeasurementMismatch, $"claims {measurement}");
        if (!reportData.Equals(policy.ReportData)) throw Fault(AttestationFault.ReportDataMismatch, "was made for other report data");
        return new Attested(Tee.Simulated, measurement, reportData, product: "simulated", tcb: "none", notAfter: DateTimeOffset.MaxValue);
    }

    private static AttestationException Fault(AttestationFault fault, string message) => new(fault, "simulated evidence", message);
}
