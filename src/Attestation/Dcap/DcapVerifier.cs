using System.Security.Cryptography;
using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Policies;

namespace Blindsight.Attestation.Dcap;

/// <summary>
/// Verifies an SGX or TDX quote (Intel SGX DCAP quote verification library API, section 4.1.2.4). The order: form; the platform's
/// certificates and revocation; the quoting enclave's report under the platform's key; the attestation key under that report; the
/// quote under that key; then Intel's statements, each signature before its content; and only then what the quote says.
/// </summary>
internal static class DcapVerifier
{
    public static Attested Verify(ReadOnlyMemory<byte> evidence, DcapCollateral collateral, AttestationPolicy policy, PinnedRoots roots, DateTimeOffset now)
    {
        DcapQuote quote = DcapQuote.Read(evidence);
        DcapPolicy demands = (quote.Sgx is not null ? policy.Sgx : (DcapPolicy?)policy.Tdx)
            ?? throw new AttestationException(AttestationFault.EvidenceKindRefused, "quote", "the policy does not accept this kind");

        IntelChains chains = new(roots.Intel, collateral.RootCrl, now);
        Certificate platform = chains.CheckPlatform(quote.PckChain, collateral.PckCrl);
        CheckSignatures(quote, platform);

        PckExtensions extensions = PckExtensions.Read(platform);
        TcbInfo info = CheckTcbInfo(collateral, chains, extensions, demands, tdx: quote.Tdx is not null);
        QeIdentity identity = CheckQeIdentity(collateral, chains, demands, tdx: quote.Tdx is not null);
        TcbVerdict verdict = info.Match(extensions, quote.Tdx).LoweredBy(identity.Match(quote.QuotingEnclave));
        CheckVerdict(verdict, demands);

        if (quote.Sgx is { } enclave) CheckEnclave(enclave, policy.ReportData, policy.Sgx!);
        if (quote.Tdx is { } domain) CheckDomain(domain, policy.ReportData, policy.Tdx!);
        return Verdict(quote, extensions, info, verdict, chains.NotAfter);
    }

    private static void CheckSignatures(DcapQuote quote, Certificate platform)
    {
        if (!platform.Key.VerifiesBare(quote.QuotingEnclave.Raw, quote.QuotingEnclaveSignature.Span))
            throw Fault(AttestationFault.QeReportSignature, "the quoting enclave's report is not signed by the platform's key");

        // Report data of the quoting enclave: SHA-256 of key and authentication data, then 32 zeros.
        Span<byte> bound = stackalloc byte[64];
        bound.Clear();
        using (IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            hash.AppendData(quote.AttestationKey.Span);
            hash.AppendData(quote.AuthenticationData.Span);
            hash.GetHashAndReset(bound);
        }
        if (!quote.QuotingEnclave.ReportData.SequenceEqual(bound))
            throw Fault(AttestationFault.AttestationKeyUnbound, "the quoting enclave's report is about another key");
        if (!PublicKey.FromPoint(quote.AttestationKey.Span).VerifiesBare(quote.Signed.Span, quote.Signature.Span))
            throw Fault(AttestationFault.QuoteSignature, "is not signed by its attestation key");
    }

    private static TcbInfo CheckTcbInfo(DcapCollateral collateral, IntelChains chains, PckExtensions platform, DcapPolicy demands, bool tdx)
    {
        chains.CheckStatement(
            collateral.TcbInfo, collateral.TcbInfoSignature, collateral.TcbInfoIssuerChain, AttestationFault.TcbInfoSignature, TcbInfo.Place);
        TcbInfo info = TcbInfo.Read(collateral.TcbInfo);
        chains.CheckDates(info.Issued, info.NextUpdate, TcbInfo.Place);
        if (info.Tdx != tdx) throw Mismatch(TcbInfo.Place, "is for the other kind of quote");
        if (!info.Fmspc.AsSpan().SequenceEqual(platform.Fmspc))
            throw Mismatch(TcbInfo.Place, $"is for platforms {Convert.ToHexString(info.Fmspc)}, this is one of {Convert.ToHexString(platform.Fmspc)}");
        if (!info.PceId.AsSpan().SequenceEqual(platform.PceId)) throw Mismatch(TcbInfo.Place, "is for another provisioning enclave");
        CheckEvaluation(info.EvaluationNumber, demands, TcbInfo.Place);
        return info;
    }

    private static QeIdentity CheckQeIdentity(DcapCollateral collateral, IntelChains chains, DcapPolicy demands, bool tdx)
    {
        chains.CheckStatement(
            collateral.QeIdentity, collateral.QeIdentitySignature, collateral.QeIdentityIssuerChain, AttestationFault.QeIdentitySignature, QeIdentity.Place);
        QeIdentity identity = QeIdentity.Read(collateral.QeIdentity);
        chains.CheckDates(identity.Issued, identity.NextUpdate, QeIdentity.Place);
        if (identity.Tdx != tdx) throw Mismatch(QeIdentity.Place, "is for the other kind of quote");
        CheckEvaluation(identity.EvaluationNumber, demands, QeIdentity.Place);
        return identity;
    }

    private static void CheckEvaluation(int number, DcapPolicy demands, string place)
    {
        if (number < demands.EvaluationNumberMin)
            throw new AttestationException(AttestationFault.CollateralSuperseded, place, $"evaluation {number}, the minimum is {demands.EvaluationNumberMin}");
    }

    private static void CheckVerdict(TcbVerdict verdict, DcapPolicy demands)
    {
        if (verdict.Status == TcbStatus.Revoked || !demands.AcceptedStatuses.Contains(verdict.Status))
            throw Fault(AttestationFault.TcbStatusRefused, $"the platform is {verdict.Status} as of {verdict.Date:yyyy-MM-dd}");
        foreach (string advisory in verdict.Advisories)
            if (!demands.AcceptedAdvisories.Contains(advisory))
                throw Fault(AttestationFault.AdvisoryRefused, $"{advisory} applies to the platform");
    }

    private static void CheckEnclave(SgxReport enclave, Octets reportData, SgxPolicy demands)
    {
        if (!enclave.IsInitialised) throw Fault(AttestationFault.GuestPolicyRefused, "the enclave was not initialised");
        if (enclave.IsDebug && !demands.PermitDebug) throw Fault(AttestationFault.DebugRefused, "the host may read the enclave's memory");
        Octets measurement = new(enclave.MrEnclave);
        if (!demands.Measurements.IsEmpty && !demands.Measurements.Contains(measurement))
            throw Fault(AttestationFault.MeasurementMismatch, $"MRENCLAVE is {measurement}");
        if (demands.Signer is { } signer)
        {
            if (!enclave.MrSigner.SequenceEqual(signer.MrSigner.Span)) throw Fault(AttestationFault.SignerMismatch, "MRSIGNER is another");
            if (enclave.ProductId != signer.ProductId) throw Fault(AttestationFault.SignerMismatch, $"product {enclave.ProductId}, must be {signer.ProductId}");
            if (enclave.Version < signer.VersionMin) throw Fault(AttestationFault.SignerMismatch, $"version {enclave.Version}, at least {signer.VersionMin}");
        }
        CheckReportData(enclave.ReportData, reportData);
    }

    private static void CheckDomain(TdReport domain, Octets reportData, TdxPolicy demands)
    {
        if (domain.IsDebug && !demands.PermitDebug) throw Fault(AttestationFault.DebugRefused, "the host may read the domain's memory");
        if (domain.IsMigratable && !demands.PermitMigration) throw Fault(AttestationFault.GuestPolicyRefused, "the domain may be migrated");
        if (!domain.HasNoSecureEptExceptions && !demands.PermitSecureEptExceptions)
            throw Fault(AttestationFault.GuestPolicyRefused, "SEPT_VE_DISABLE is not set");
        Octets measurement = new(domain.Measurement);
        if (!demands.Measurements.Contains(measurement)) throw Fault(AttestationFault.MeasurementMismatch, $"MRTD is {measurement}");
        for (int i = 0; i < TdReport.Registers; i++)
            if (demands.RuntimeMeasurements[i] is { } expected && !domain.Register(i).SequenceEqual(expected.Span))
                throw Fault(AttestationFault.MeasurementMismatch, $"RTMR{i} is {Convert.ToHexStringLower(domain.Register(i))}");
        CheckReportData(domain.ReportData, reportData);
    }

    private static void CheckReportData(ReadOnlySpan<byte> made, Octets expected)
    {
        if (!made.SequenceEqual(expected.Span)) throw Fault(AttestationFault.ReportDataMismatch, "was made for other report data");
    }

    private static Attested Verdict(DcapQuote quote, PckExtensions platform, TcbInfo info, TcbVerdict verdict, DateTimeOffset notAfter)
    {
        string family = Convert.ToHexString(platform.Fmspc), tcb = $"{verdict.Status} as of {verdict.Date:yyyy-MM-dd}, evaluation {info.EvaluationNumber}";
        if (quote.Sgx is { } enclave)
            return new Attested(Tee.Sgx, new Octets(enclave.MrEnclave), new Octets(enclave.ReportData), $"Intel SGX {family}", tcb, notAfter)
            {
                TcbStatus = verdict.Status,
                Advisories = verdict.Advisories,
                Signer = new Octets(enclave.MrSigner),
                Debug = enclave.IsDebug,
                RevocationChecked = true,
            };
        TdReport domain = quote.Tdx!;
        return new Attested(Tee.Tdx, new Octets(domain.Measurement), new Octets(domain.ReportData), $"Intel TDX {family}", tcb, notAfter)
        {
            TcbStatus = verdict.Status,
            Advisories = verdict.Advisories,
            RuntimeMeasurements = [.. Enumerable.Range(0, TdReport.Registers).Select(i => new Octets(domain.Register(i)))],
            Debug = domain.IsDebug,
            RevocationChecked = true,
        };
    }

    private static AttestationException Fault(AttestationFault fault, string message) => new(fault, "quote", message);

    private static AttestationException Mismatch(string place, string message) => new(AttestationFault.CollateralMismatch, place, message);
}
