using Blindsight.Attestation;
using Blindsight.Attestation.Policies;

namespace Blindsight.Hosting.Rooms.Owners;

/// <summary>What an owner demands of the enclave before it says anything to it.</summary>
/// <param name="Policy">The policy for given report data.</param>
/// <param name="RevocationList">AMD's list (DER); empty where there is none.</param>
/// <param name="DcapCollateral">What Intel publishes, as <see cref="DcapCollateral.Parse"/> takes it; empty where there is none.</param>
public sealed record AttestationTerms(Func<Octets, AttestationPolicy> Policy, ReadOnlyMemory<byte> RevocationList, ReadOnlyMemory<byte> DcapCollateral)
{
    /// <summary>Simulated evidence of this very code will do: NOT ATTESTED.</summary>
    /// <param name="measurement">Of the assemblies that belong to this program.</param>
    public static AttestationTerms Simulated(Octets measurement) =>
        new(data => new() { ReportData = data, SimulatedNotAttested = new() { Measurements = [measurement] } }, default, default);

    /// <summary>The verdict.</summary>
    /// <exception cref="AttestationException">Refused.</exception>
    public Attested Verify(Evidence evidence, Octets reportData)
    {
        Collateral collateral = evidence.Kind switch
        {
            EvidenceKind.SevSnpReport => SnpCollateral.FromHost(evidence, RevocationList),
            EvidenceKind.DcapQuote when !DcapCollateral.IsEmpty => Attestation.DcapCollateral.Parse(DcapCollateral),
            _ => Collateral.None,
        };
        return AttestationVerifier.Verify(evidence, collateral, Policy(reportData), TimeProvider.System);
    }
}
