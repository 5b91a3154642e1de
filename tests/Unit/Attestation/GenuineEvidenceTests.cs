using Blindsight.Attestation;
using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Policies;
using Blindsight.Tests;
using static Blindsight.Attestation.AttestationFault;
using static Blindsight.Unit.Attestation.GenuineEvidence;

namespace Blindsight.Unit.Attestation;

public sealed class GenuineEvidenceTests
{
    [DataFact]
    public void A_genuine_SNP_report_verifies()
    {
        Attested verdict = AttestationVerifier.Verify(new Evidence(EvidenceKind.SevSnpReport, SnpReport()), SnpCollateral(), SnpPolicy(), SnpTime);
        Assert.Equal((Tee.SevSnp, Assurance.Hardware, "AMD SEV-SNP Milan-B0"), (verdict.Tee, verdict.Assurance, verdict.Product));
        Assert.Equal("bootloader 2, tee 0, snp 5, microcode 68", verdict.Tcb);
        Assert.Equal("0102030405", verdict.ReportData.ToString()[..10]);
        Assert.Equal("b07af9620f3b839b", verdict.Measurement.ToString()[..16]);
        Assert.Equal(new DateTimeOffset(2029, 9, 24, 0, 55, 28, TimeSpan.Zero), verdict.NotAfter);
        Assert.True(verdict.Debug);
        Assert.False(verdict.RevocationChecked);
        Assert.Equal("attested by AMD SEV-SNP Milan-B0, DEBUG: memory open to the host, revocation not checked", verdict.Label);
    }

    [DataFact]
    public void A_genuine_SGX_quote_verifies()
    {
        Attested verdict = AttestationVerifier.Verify(new Evidence(EvidenceKind.DcapQuote, SgxQuote()), Collateral("sgx"), SgxPolicy(), DcapTime);
        Assert.Equal((Tee.Sgx, Assurance.Hardware, "Intel SGX 00A067110000"), (verdict.Tee, verdict.Assurance, verdict.Product));
        Assert.Equal(TcbStatus.ConfigurationAndSWHardeningNeeded, verdict.TcbStatus);
        Assert.Equal<string>(["INTEL-SA-00289", "INTEL-SA-00615"], [.. verdict.Advisories]);
        Assert.StartsWith("Hello, world!", System.Text.Encoding.ASCII.GetString(verdict.ReportData.Span));
        Assert.Equal("33d8736db756ed49", verdict.Measurement.ToString()[..16]);
        Assert.Equal(new DateTimeOffset(2025, 7, 19, 10, 1, 18, TimeSpan.Zero), verdict.NotAfter);
        Assert.False(verdict.Debug);
        Assert.True(verdict.RevocationChecked);
        Assert.Equal("attested by Intel SGX 00A067110000", verdict.Label);
    }

    [DataFact]
    public void A_genuine_TDX_quote_verifies()
    {
        Attested verdict = AttestationVerifier.Verify(new Evidence(EvidenceKind.DcapQuote, TdxQuote()), Collateral("tdx"), TdxPolicy(), DcapTime);
        Assert.Equal((Tee.Tdx, Assurance.Hardware, "Intel TDX B0C06F000000"), (verdict.Tee, verdict.Assurance, verdict.Product));
        Assert.Equal(TcbStatus.UpToDate, verdict.TcbStatus);
        Assert.Equal("UpToDate as of 2024-03-13, evaluation 17", verdict.Tcb);
        Assert.Empty(verdict.Advisories);
        Assert.Equal("91eb2b44d141d4ec", verdict.Measurement.ToString()[..16]);
        Assert.Equal(4, verdict.RuntimeMeasurements.Length);
        Assert.Equal(new DateTimeOffset(2025, 7, 19, 10, 0, 35, TimeSpan.Zero), verdict.NotAfter);
        Assert.False(verdict.Debug);
    }

    [DataFact]
    public void Genuine_evidence_is_refused_at_other_times()
    {
        Evidence report = new(EvidenceKind.SevSnpReport, SnpReport()), quote = new(EvidenceKind.DcapQuote, TdxQuote());
        Assert.Equal(CertificateNotYetValid, Refusals.Fault(() => AttestationVerifier.Verify(report, SnpCollateral(), SnpPolicy(), At(2022, 1, 1))));
        Assert.Equal(CertificateExpired, Refusals.Fault(() => AttestationVerifier.Verify(report, SnpCollateral(), SnpPolicy(), At(2030, 1, 1))));
        Assert.Equal(CrlNotYetValid, Refusals.Fault(() => AttestationVerifier.Verify(quote, Collateral("tdx"), TdxPolicy(), At(2025, 6, 19))));
        Assert.Equal(CrlExpired, Refusals.Fault(() => AttestationVerifier.Verify(quote, Collateral("tdx"), TdxPolicy(), At(2025, 7, 20))));
        Assert.Equal(CrlExpired, Refusals.Fault(() => AttestationVerifier.Verify(quote, Collateral("tdx"), TdxPolicy(), At(2026, 6, 1))));
    }

    [DataFact]
    public void A_genuine_revocation_list_names_the_platforms_that_it_revokes()
    {
        RevocationList list = RevocationList.Read(Collateral("tdx").PckCrl, "PCK CRL");
        Assert.True(list.Names(Convert.FromHexString("6FC34E5023E728923435D61AA4B83C618166AD35")));
        Assert.True(list.Names(Convert.FromHexString("00EFAE6E9715FCA13B87E333E8261ED6D990A926AD")));
        Assert.True(list.Names(Convert.FromHexString("00A17C51722EC1E0C3278FE8BDF052059CBEC4E648"))); // the last entry
        Assert.False(list.Names(Convert.FromHexString("3C16ED54EACBB4CED072BE72630C85788CF46E36"))); // the quote's own
        Assert.False(RevocationList.Read(Collateral("sgx").PckCrl, "PCK CRL").Names(Convert.FromHexString("6FC34E5023E728923435D61AA4B83C618166AD35")));
    }

    [DataFact]
    public void A_policy_without_permissions_refuses_the_genuine_report_for_its_debugging()
    {
        Evidence report = new(EvidenceKind.SevSnpReport, SnpReport());
        AttestationPolicy strict = SnpPolicy() with { SevSnp = SnpDemands() with { PermitDebug = false } };
        Assert.Equal(DebugRefused, Refusals.Fault(() => AttestationVerifier.Verify(report, SnpCollateral(), strict, SnpTime)));
        AttestationPolicy withList = SnpPolicy() with { SevSnp = SnpDemands() with { RequireRevocationList = true } };
        Assert.Equal(CollateralMissing, Refusals.Fault(() => AttestationVerifier.Verify(report, SnpCollateral(), withList, SnpTime)));
    }

    [DataFact]
    public void Genuine_evidence_of_something_else_is_refused()
    {
        Octets zeros = new(new byte[48]), data = new(new byte[64]);
        Evidence report = new(EvidenceKind.SevSnpReport, SnpReport()), sgx = new(EvidenceKind.DcapQuote, SgxQuote());
        Evidence tdx = new(EvidenceKind.DcapQuote, TdxQuote());
        Refused(MeasurementMismatch, report, SnpCollateral(), SnpPolicy() with { SevSnp = SnpDemands() with { Measurements = [zeros] } }, SnpTime);
        Refused(ReportDataMismatch, report, SnpCollateral(), SnpPolicy() with { ReportData = data }, SnpTime);
        SnpPolicy newer = SnpDemands() with { TcbMin = SnpDemands().TcbMin.SetItem(SnpProduct.Milan, MilanTcb with { Microcode = 0x45 }) };
        Refused(TcbBelowMinimum, report, SnpCollateral(), SnpPolicy() with { SevSnp = newer }, SnpTime);
        SgxPolicy another = new([new Octets(new byte[32])])
        {
            AcceptedStatuses = SgxDemands().AcceptedStatuses, AcceptedAdvisories = SgxDemands().AcceptedAdvisories,
        };
        Refused(MeasurementMismatch, sgx, Collateral("sgx"), SgxPolicy() with { Sgx = another }, DcapTime);
        Refused(ReportDataMismatch, sgx, Collateral("sgx"), SgxPolicy() with { ReportData = data }, DcapTime);
        Refused(TcbStatusRefused, sgx, Collateral("sgx"), SgxPolicy() with { Sgx = SgxDemands() with { AcceptedStatuses = [TcbStatus.UpToDate] } }, DcapTime);
        Refused(AdvisoryRefused, sgx, Collateral("sgx"), SgxPolicy() with { Sgx = SgxDemands() with { AcceptedAdvisories = ["INTEL-SA-00289"] } }, DcapTime);
        Refused(MeasurementMismatch, tdx, Collateral("tdx"), TdxPolicy() with { Tdx = TdxDemands() with { Measurements = [zeros] } }, DcapTime);
        TdxPolicy register = TdxDemands() with { RuntimeMeasurements = [null, zeros, null, null] };
        Refused(MeasurementMismatch, tdx, Collateral("tdx"), TdxPolicy() with { Tdx = register }, DcapTime);
        Refused(CollateralSuperseded, tdx, Collateral("tdx"), TdxPolicy() with { Tdx = TdxDemands() with { EvaluationNumberMin = 18 } }, DcapTime);
        Refused(CrlSignature, tdx, Collateral("sgx"), TdxPolicy(), DcapTime); // another authority's list
    }

    [DataFact]
    public void A_genuine_quote_with_bytes_behind_it_is_refused_and_without_them_its_signatures_hold()
    {
        // This quote came without collateral. With another platform's of the same authority everything verifies up to the statement's subject.
        byte[] quote = Bytes("dcap", "tdx_prod_quote_spr_e4.bin");
        Refused(EvidenceMalformed, new Evidence(EvidenceKind.DcapQuote, quote), Collateral("tdx"), TdxPolicy(), DcapTime);
        int padding = "\nextra bytes(only for testing purpose)\n".Length;
        Refused(CollateralMismatch, new Evidence(EvidenceKind.DcapQuote, quote.AsSpan(..^padding)), Collateral("tdx"), TdxPolicy(), DcapTime);
        quote[200]++;
        Refused(QuoteSignature, new Evidence(EvidenceKind.DcapQuote, quote.AsSpan(..^padding)), Collateral("tdx"), TdxPolicy(), DcapTime);
    }

    private static void Refused(AttestationFault fault, Evidence evidence, Collateral collateral, AttestationPolicy policy, TimeProvider clock) =>
        Assert.Equal(fault, Refusals.Fault(() => AttestationVerifier.Verify(evidence, collateral, policy, clock)));
}
