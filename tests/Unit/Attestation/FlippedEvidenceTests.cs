using Blindsight.Attestation;
using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Dcap;
using Blindsight.Attestation.Policies;
using Blindsight.Tests;
using static Blindsight.Attestation.AttestationFault;
using static Blindsight.Unit.Attestation.GenuineEvidence;

namespace Blindsight.Unit.Attestation;

/// <summary>Genuine evidence with one bit changed, in every byte of it and of everything that vouches for it.</summary>
public sealed class FlippedEvidenceTests
{
    private static readonly AttestationFault[] ChainFaults = [CertificateMalformed, CertificateSignature, ChainBroken, RootNotPinned];

    [DataFact]
    public void Every_byte_of_an_SNP_report_counts()
    {
        SnpCollateral collateral = SnpCollateral();
        AttestationPolicy policy = SnpPolicy();
        byte[] report = SnpReport();
        Check(..4, EvidenceUnsupported, ReportSignature); // 2 to 3 is another version that exists
        Check(4..0x34, ReportSignature);
        Check(0x34..0x38, EvidenceUnsupported);
        Check(0x38..0x2A0, ReportSignature);
        Check(0x2A0..0x2D0, ReportSignature);
        Check(0x2D0..0x2E8, EvidenceMalformed);
        Check(0x2E8..0x318, ReportSignature);
        Check(0x318.., EvidenceMalformed);

        void Check(Range range, params AttestationFault[] expected) =>
            Assert.Equal(expected.ToHashSet(), Refusals.EveryByteFlipped(report, Verify, range, expected));

        object Verify(byte[] flipped) =>
            AttestationVerifier.Verify(new Evidence(EvidenceKind.SevSnpReport, flipped), collateral, policy, SnpTime);
    }

    [DataFact]
    public void Every_byte_of_AMDs_certificates_counts()
    {
        Evidence evidence = new(EvidenceKind.SevSnpReport, SnpReport());
        byte[] vcek = Vcek(), ask = AmdCertificate("milan", 0);
        AttestationPolicy policy = SnpPolicy();
        Refusals.EveryByteFlipped(vcek, flipped => Verify(flipped, ask), .., CertificateMalformed, CertificateSignature, ChainBroken);
        Refusals.EveryByteFlipped(ask, flipped => Verify(vcek, flipped), .., CertificateMalformed, CertificateSignature, RootNotPinned);

        object Verify(byte[] key, byte[] intermediate) => AttestationVerifier.Verify(evidence, new SnpCollateral(key, intermediate), policy, SnpTime);
    }

    [DataFact]
    public void Every_byte_of_an_SGX_quote_counts()
    {
        // Version 3: header 48, body 384, length 4, signature 64, key 64, QE report 384, its signature 64, authentication data, chain.
        CheckQuote(SgxQuote(), Collateral("sgx"), SgxPolicy(), bodyBytes: 384, nestingBytes: 0, paddingBytes: 0);
    }

    [DataFact]
    public void Every_byte_of_a_TDX_quote_counts()
    {
        // Version 4: the same with a body of 584 bytes, a type and a length before the QE report, and zeros after the quote.
        CheckQuote(TdxQuote(), Collateral("tdx"), TdxPolicy(), bodyBytes: 584, nestingBytes: 6, paddingBytes: 70);
    }

    [DataTheory]
    [InlineData("sgx")]
    [InlineData("tdx")]
    public void Every_byte_of_Intels_collateral_counts(string kind)
    {
        Evidence evidence = new(EvidenceKind.DcapQuote, kind == "sgx" ? SgxQuote() : TdxQuote());
        AttestationPolicy policy = kind == "sgx" ? SgxPolicy() : TdxPolicy();
        DcapCollateral c = Collateral(kind);
        // Every byte through the check of statements, and every 37th through the whole verifier, which takes four times as long.
        Check(c.TcbInfo, x => Statement(x, c.TcbInfoSignature, c.TcbInfoIssuerChain), x => With(tcbInfo: x), TcbInfoSignature);
        Check(c.TcbInfoSignature, x => Statement(c.TcbInfo, x, c.TcbInfoIssuerChain), x => With(tcbInfoSignature: x), TcbInfoSignature);
        Check(c.TcbInfoIssuerChain, x => Statement(c.TcbInfo, c.TcbInfoSignature, x), x => With(tcbInfoChain: x), ChainFaults);
        Check(c.QeIdentity, null, x => With(qeIdentity: x), QeIdentitySignature);
        Check(c.QeIdentitySignature, null, x => With(qeIdentitySignature: x), QeIdentitySignature);
        Check(c.QeIdentityIssuerChain.Slice(0, 200), null, x => With(qeIdentityChain: [.. x, .. c.QeIdentityIssuerChain.Span[200..]]), ChainFaults);
        Check(c.RootCrl, null, x => With(rootCrl: x), CrlMalformed, CrlSignature);
        Check(c.PckCrl, null, x => With(pckCrl: x), CrlMalformed, CrlSignature);

        void Check(ReadOnlyMemory<byte> part, Func<byte[], object>? alone, Func<byte[], DcapCollateral> with, params AttestationFault[] expected)
        {
            Func<byte[], object> whole = x => AttestationVerifier.Verify(evidence, with(x), policy, DcapTime);
            Refusals.EveryByteFlipped(part, alone ?? whole, .., expected);
            for (int i = 0; alone is not null && i < part.Length; i += 37) Refusals.EveryByteFlipped(part, whole, i..(i + 1), expected);
        }

        object Statement(ReadOnlyMemory<byte> statement, ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> chain)
        {
            IntelChains chains = new(PinnedRoots.BuiltIn.Intel, c.RootCrl, DcapTime.GetUtcNow());
            chains.CheckStatement(statement, signature, chain, TcbInfoSignature, "statement");
            return chains;
        }

        DcapCollateral With(
            byte[]? tcbInfo = null, byte[]? tcbInfoSignature = null, byte[]? tcbInfoChain = null, byte[]? qeIdentity = null,
            byte[]? qeIdentitySignature = null, byte[]? qeIdentityChain = null, byte[]? rootCrl = null, byte[]? pckCrl = null) => new(
                tcbInfo ?? c.TcbInfo, tcbInfoSignature ?? c.TcbInfoSignature, tcbInfoChain ?? c.TcbInfoIssuerChain,
                qeIdentity ?? c.QeIdentity, qeIdentitySignature ?? c.QeIdentitySignature, qeIdentityChain ?? c.QeIdentityIssuerChain,
                rootCrl ?? c.RootCrl, pckCrl ?? c.PckCrl);
    }

    private static void CheckQuote(
        byte[] quote, DcapCollateral collateral, AttestationPolicy policy, int bodyBytes, int nestingBytes, int paddingBytes)
    {
        int at = 0;
        Check(2, EvidenceUnsupported, EvidenceMalformed); // a version whose layout does not fit
        Check(6, EvidenceUnsupported); // key type, TEE type
        Check(4, QuoteSignature);
        Check(16, EvidenceUnsupported); // vendor
        Check(20 + bodyBytes, QuoteSignature);
        Check(4, EvidenceMalformed, EvidenceUnsupported);
        Check(64, QuoteSignature);
        Check(64, AttestationKeyUnbound);
        Check(nestingBytes, EvidenceMalformed, EvidenceUnsupported);
        Check(384 + 64, QeReportSignature);
        Check(2, EvidenceMalformed, EvidenceUnsupported);
        Check(32, AttestationKeyUnbound);
        Check(6, EvidenceMalformed, EvidenceUnsupported);
        Check(quote.Length - at - paddingBytes, ChainFaults);
        Check(paddingBytes, EvidenceMalformed);
        Assert.Equal(quote.Length, at);

        void Check(int bytes, params AttestationFault[] expected)
        {
            Refusals.EveryByteFlipped(quote, Verify, at..(at + bytes), expected);
            at += bytes;
        }

        object Verify(byte[] flipped) =>
            AttestationVerifier.Verify(new Evidence(EvidenceKind.DcapQuote, flipped), collateral, policy, DcapTime);
    }
}
