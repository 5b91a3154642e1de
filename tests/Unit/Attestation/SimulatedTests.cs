using Blindsight.Attestation;
using Blindsight.Attestation.Collection;
using Blindsight.Attestation.Policies;
using Blindsight.Unit.Attestation.Forge;
using static Blindsight.Attestation.AttestationFault;

namespace Blindsight.Unit.Attestation;

public sealed class SimulatedTests : IDisposable
{
    private static readonly Octets Measurement = new(IntelForge.Filled(48, 9)), Data = new(IntelForge.Filled(64, 1));

    private readonly SimulatedEvidenceSource source = new(Measurement);

    private static AttestationPolicy Accepting => new() { ReportData = Data, SimulatedNotAttested = new SimulatedPolicy { Measurements = [Measurement] } };

    public void Dispose() => source.Dispose();

    [Fact]
    public void It_is_refused_unless_the_policy_says_otherwise()
    {
        Evidence evidence = source.Collect(Data);
        AttestationPolicy everythingElse = new()
        {
            ReportData = Data, SevSnp = new AmdForge().Demands, Sgx = new IntelForge().Policy.Sgx, Tdx = new IntelForge().Policy.Tdx,
        };
        Assert.Equal(SimulatedRefused, Refusals.Fault(() => Verify(evidence, everythingElse)));
    }

    [Fact]
    public void Everything_about_it_says_NOT_ATTESTED()
    {
        Evidence evidence = source.Collect(Data);
        Attested verdict = Verify(evidence, Accepting);
        Assert.Equal(Assurance.NotAttested, source.Assurance);
        Assert.Equal((Tee.Simulated, Assurance.NotAttested), (verdict.Tee, verdict.Assurance));
        Assert.Equal("NOT ATTESTED (simulated)", verdict.Label);
        Assert.StartsWith("NOT ATTESTED", verdict.ToString());
        Assert.StartsWith("NOT ATTESTED", System.Text.Encoding.ASCII.GetString(evidence.Bytes.Span));
        Assert.Equal((Measurement, Data), (verdict.Measurement, verdict.ReportData));
    }

    [Fact]
    public void A_verdict_cannot_be_made_or_relabelled_outside_the_verifier()
    {
        Assert.Empty(typeof(Attested).GetConstructors());
        Assert.False(typeof(Attested).GetProperty(nameof(Attested.Assurance))!.CanWrite);
        Assert.False(typeof(Attested).GetProperty(nameof(Attested.Label))!.CanWrite);
        foreach (System.Reflection.PropertyInfo property in typeof(Attested).GetProperties().Where(property => property.CanWrite))
            Assert.False(property.SetMethod!.IsPublic, property.Name);
    }

    [Fact]
    public void Every_byte_of_it_counts()
    {
        byte[] evidence = source.Collect(Data).Bytes.ToArray();
        IReadOnlySet<AttestationFault> seen = Refusals.EveryByteFlipped(
            evidence, bytes => Verify(new Evidence(EvidenceKind.Simulated, bytes), Accepting), .., EvidenceMalformed, SimulatedSignature);
        Assert.Equal(2, seen.Count);
        for (int length = 0; length < evidence.Length; length += 7)
            Assert.Equal(EvidenceMalformed, Refusals.Fault(() => Verify(new Evidence(EvidenceKind.Simulated, evidence.AsSpan(..length)), Accepting)));
    }

    [Fact]
    public void Measurement_report_data_and_key_must_be_the_policys()
    {
        Evidence evidence = source.Collect(Data);
        Octets other = new(new byte[48]);
        SimulatedPolicy demands = Accepting.SimulatedNotAttested!;
        Verify(evidence, Accepting with { SimulatedNotAttested = demands with { Measurements = [other, Measurement], Key = source.Key } });
        AttestationPolicy otherCode = Accepting with { SimulatedNotAttested = demands with { Measurements = [other] } };
        Assert.Equal(MeasurementMismatch, Refusals.Fault(() => Verify(evidence, otherCode)));
        Assert.Equal(ReportDataMismatch, Refusals.Fault(() => Verify(evidence, Accepting with { ReportData = new Octets(new byte[64]) })));
        using SimulatedEvidenceSource another = new(Measurement);
        Assert.NotEqual(source.Key, another.Key);
        AttestationPolicy ourKey = Accepting with { SimulatedNotAttested = demands with { Key = source.Key } };
        Assert.Equal(SimulatedKeyRefused, Refusals.Fault(() => Verify(another.Collect(Data), ourKey)));
    }

    [Fact]
    public void It_does_not_pass_as_another_kind()
    {
        byte[] bytes = source.Collect(Data).Bytes.ToArray();
        Assert.Equal(EvidenceMalformed, Refusals.Fault(() => AttestationVerifier.Verify(
            new Evidence(EvidenceKind.SevSnpReport, bytes), new SnpCollateral(bytes, bytes), new AmdForge().Policy, TimeProvider.System)));
        Assert.Equal(CollateralMissing, Refusals.Fault(() => Verify(new Evidence(EvidenceKind.DcapQuote, bytes), Accepting)));
    }

    private static Attested Verify(Evidence evidence, AttestationPolicy policy) =>
        AttestationVerifier.Verify(evidence, Blindsight.Attestation.Collateral.None, policy, TimeProvider.System);
}
