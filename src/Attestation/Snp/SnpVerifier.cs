using System.Collections.Immutable;
using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Policies;

namespace Blindsight.Attestation.Snp;

/// <summary>
/// Verifies an SEV-SNP report. The order: form, certificates from the pinned root down, revocation, the report's signature, and only
/// then what the report says.
/// </summary>
internal static class SnpVerifier
{
    private const uint ChipKeySigned = 0, LeasedKeySigned = 1;

    public static Attested Verify(ReadOnlyMemory<byte> evidence, SnpCollateral collateral, AttestationPolicy policy, PinnedRoots roots, DateTimeOffset now)
    {
        SnpPolicy demands = policy.SevSnp
            ?? throw new AttestationException(AttestationFault.EvidenceKindRefused, "SEV-SNP report", "the policy does not accept this kind");
        SnpReport report = SnpReport.Read(evidence);

        (SnpKeyCertificate key, DateTimeOffset notAfter) = CheckChain(collateral, demands, roots, now);
        if (!key.Certificate.Key.VerifiesBare(report.Signed, report.Signature))
            throw Fault(AttestationFault.ReportSignature, $"is not signed by {key.Certificate.Place}");

        CheckOrigin(report, key, demands);
        CheckVersions(report, key, demands);
        CheckGuest(report, policy.ReportData, demands);
        return new Attested(
            Tee.SevSnp, new Octets(report.Measurement), new Octets(report.ReportData), $"AMD SEV-SNP {key.ProductName}",
            SnpTcb.Split(report.ReportedTcb, key.Product).ToString(), notAfter)
        {
            ChipId = key.Leased ? null : new Octets(report.ChipId),
            Debug = report.Policy.HasFlag(GuestPolicy.Debug),
            RevocationChecked = !collateral.RevocationList.IsEmpty,
        };
    }

    private static (SnpKeyCertificate Key, DateTimeOffset NotAfter) CheckChain(
        SnpCollateral collateral, SnpPolicy demands, PinnedRoots roots, DateTimeOffset now)
    {
        Certificate intermediate = ReadCertificate(collateral.Intermediate, "ASK certificate");
        Certificate leaf = ReadCertificate(collateral.EndorsementKey, "VCEK certificate");
        Certificate root = roots.Amd.Values.FirstOrDefault(root => root.Subject.Span.SequenceEqual(intermediate.Issuer.Span))
            ?? throw new AttestationException(AttestationFault.RootNotPinned, intermediate.Place, "was not issued by a pinned root");
        CertificateChain chain = new(root, now);
        chain.CheckAuthority(intermediate, root);
        if (!collateral.RevocationList.IsEmpty || demands.RequireRevocationList)
        {
            RevocationList list = chain.CheckList(RevocationList.Read(collateral.RevocationList, "AMD CRL"), root);
            CertificateChain.CheckNotRevoked(intermediate, list);
        }
        chain.CheckEnd(leaf, intermediate);

        SnpKeyCertificate key = SnpKeyCertificate.Read(leaf);
        if (intermediate.Name != key.IssuerName)
            throw new AttestationException(AttestationFault.ChainBroken, leaf.Place, $"needs {key.IssuerName}, was issued by {intermediate.Name}");
        if (roots.Amd.GetValueOrDefault(key.Product) != root)
            throw new AttestationException(AttestationFault.ProductRefused, leaf.Place, $"is for {key.Product}, under the root of another line");
        return (key, chain.NotAfter);
    }

    /// <summary>Which processor made it.</summary>
    private static void CheckOrigin(SnpReport report, SnpKeyCertificate key, SnpPolicy demands)
    {
        if (report.SigningKey != (key.Leased ? LeasedKeySigned : ChipKeySigned))
            throw Fault(AttestationFault.ChipMismatch, $"states key {report.SigningKey}, the certificate is a {(key.Leased ? "VLEK" : "VCEK")}");
        if (key.Leased && !demands.PermitLeasedKey) throw Fault(AttestationFault.LeasedKeyRefused, "is signed by a leased key (VLEK)");
        if (!key.Leased && !report.ChipId.SequenceEqual(key.ChipId))
            throw Fault(AttestationFault.ChipMismatch, "names another chip than the certificate");
        if (!demands.ChipIds.IsEmpty && (key.Leased || !demands.ChipIds.Contains(new Octets(report.ChipId))))
            throw Fault(AttestationFault.ChipMismatch, "is not from a chip that the policy names");
        if (report.Version >= 3 && ProductOf(report.Processor) != key.Product)
            throw Fault(AttestationFault.ProductRefused, $"family {report.Processor.Family:x}, model {report.Processor.Model:x} is not {key.Product}");
        if (!demands.TcbMin.ContainsKey(key.Product)) throw Fault(AttestationFault.ProductRefused, $"{key.Product} is not a line that the policy names");
    }

    private static SnpProduct? ProductOf((byte Family, byte Model) processor) => processor switch
    {
        (0x19, <= 0x0F) => SnpProduct.Milan,
        (0x19, >= 0x10 and <= 0x1F or >= 0xA0 and <= 0xAF) => SnpProduct.Genoa,
        (0x1A, <= 0x1F) => SnpProduct.Turin,
        _ => null,
    };

    /// <summary>How current its firmware is.</summary>
    private static void CheckVersions(SnpReport report, SnpKeyCertificate key, SnpPolicy demands)
    {
        SnpTcb reported = SnpTcb.Split(report.ReportedTcb, key.Product), current = SnpTcb.Split(report.CurrentTcb, key.Product);
        SnpTcb committed = SnpTcb.Split(report.CommittedTcb, key.Product), launch = SnpTcb.Split(report.LaunchTcb, key.Product);
        if (reported != key.Tcb) throw Fault(AttestationFault.TcbMismatch, $"reports {reported}; the certificate is for {key.Tcb}");
        if (!current.IsAtLeast(reported)) throw Fault(AttestationFault.TcbMismatch, $"reports {reported} but runs {current}");
        if (current != committed && !demands.PermitProvisionalFirmware)
            throw Fault(AttestationFault.ProvisionalFirmware, $"runs {current}, committed is {committed}");
        SnpTcb minimum = demands.TcbMin[key.Product];
        ReadOnlySpan<(string Name, SnpTcb Tcb)> all = [("reported", reported), ("current", current), ("committed", committed), ("launch", launch)];
        foreach ((string name, SnpTcb tcb) in all)
            if (!tcb.IsAtLeast(minimum))
                throw Fault(AttestationFault.TcbBelowMinimum, $"{name} versions are {tcb}; the minimum is {minimum}");
    }

    /// <summary>What runs in it and under which permissions.</summary>
    private static void CheckGuest(SnpReport report, Octets reportData, SnpPolicy demands)
    {
        GuestPolicy guest = report.Policy;
        if (!guest.HasFlag(GuestPolicy.AlwaysOne)) throw Fault(AttestationFault.GuestPolicyRefused, "the guest policy's bit 17 is not 1");
        if (guest.HasFlag(GuestPolicy.Debug) && !demands.PermitDebug) throw Fault(AttestationFault.DebugRefused, "the host may read the guest's memory");
        if (guest.HasFlag(GuestPolicy.MigrationAgent) && !demands.PermitMigration)
            throw Fault(AttestationFault.GuestPolicyRefused, "the guest may be handed to a migration agent");
        if (guest.HasFlag(GuestPolicy.Smt) && !demands.PermitSmt) throw Fault(AttestationFault.GuestPolicyRefused, "the guest may share cores (SMT)");
        if (demands.RequireAliasCheck && !report.Platform.HasFlag(PlatformInfo.AliasCheckComplete))
            throw Fault(AttestationFault.GuestPolicyRefused, "the firmware does not state that it looked for aliased memory");
        if (report.Vmpl > demands.VmplMax)
            throw Fault(AttestationFault.PrivilegeLevelRefused, $"asked for at level {report.Vmpl}, accepted are 0 to {demands.VmplMax}");
        Octets measurement = new(report.Measurement);
        if (!demands.Measurements.Contains(measurement)) throw Fault(AttestationFault.MeasurementMismatch, $"measured {measurement}");
        if (!report.ReportData.SequenceEqual(reportData.Span)) throw Fault(AttestationFault.ReportDataMismatch, "was made for other report data");
    }

    private static Certificate ReadCertificate(ReadOnlyMemory<byte> der, string place) => der.IsEmpty
        ? throw new AttestationException(AttestationFault.CollateralMissing, place, "was not given")
        : Certificate.Read(der, place);

    private static AttestationException Fault(AttestationFault fault, string message) => new(fault, "SEV-SNP report", message);
}
