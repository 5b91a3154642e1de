using Blindsight.Attestation;
using Blindsight.Tests;
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
        Assert.Equal("attested by AMD SEV-SNP Milan-B0, DEBUG: memory open to the host", verdict.Label);
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
}
