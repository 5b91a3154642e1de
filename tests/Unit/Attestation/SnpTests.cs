using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Blindsight.Attestation;
using Blindsight.Attestation.Policies;
using Blindsight.Unit.Attestation.Forge;
using static Blindsight.Attestation.AttestationFault;

namespace Blindsight.Unit.Attestation;

/// <summary>SEV-SNP reports that are signed well and wrong in one place, under a root of the tests' own.</summary>
public sealed class SnpTests
{
    private static readonly DateTimeOffset Past = Form.Opening.AddDays(9), Future = Form.Closing.AddDays(-9);

    [Theory]
    [InlineData(SnpProduct.Milan, false)]
    [InlineData(SnpProduct.Genoa, false)]
    [InlineData(SnpProduct.Turin, false)]
    [InlineData(SnpProduct.Milan, true)]
    [InlineData(SnpProduct.Turin, true)]
    public void Every_line_verifies_under_a_chips_key_and_under_a_leased_one(SnpProduct product, bool leased)
    {
        foreach (uint version in new uint[] { 2, 3, 4, 5 })
        {
            SnpTcb tcb = new((byte)(product == SnpProduct.Turin ? 1 : 0), 4, 1, 10, 200);
            Attested verdict = new AmdForge(product, leased) { Version = version, Tcb = tcb, KeyTcb = tcb }.Verify();
            Assert.Equal((Tee.SevSnp, Assurance.Hardware), (verdict.Tee, verdict.Assurance));
            Assert.StartsWith($"AMD SEV-SNP {product}", verdict.Product);
            Assert.Equal(tcb.ToString(), verdict.Tcb);
            Assert.True(verdict.RevocationChecked);
            Assert.False(verdict.Debug);
            Assert.Equal(leased, verdict.ChipId is null);
            Assert.Equal(Form.Closing, verdict.NotAfter);
        }
    }

    [Fact]
    public void A_short_chip_number_is_filled_up_with_zeros()
    {
        AmdForge turin = new(SnpProduct.Turin) { KeyChipId = IntelForge.Filled(8, 0x40) };
        Assert.Equal("4041424344454647" + new string('0', 112), turin.Verify().ChipId!.ToString());
        Refused(ChipMismatch, new AmdForge(SnpProduct.Turin) { KeyChipId = IntelForge.Filled(8, 0x40), EditReport = report => report[0x1A0 + 8] = 1 });
        Refused(CertificateMalformed, new AmdForge { KeyChipId = IntelForge.Filled(9, 0x40) });
    }

    [Fact]
    public void Versions_and_algorithms_that_do_not_exist_are_refused()
    {
        foreach ((int at, byte value) in new (int, byte)[] { (0, 1), (0, 6), (0x34, 0), (0x34, 2) })
            Refused(EvidenceUnsupported, new AmdForge { EditReport = report => report[at] = value });
    }

    [Fact]
    public void Reports_of_another_length_are_refused()
    {
        foreach (int length in new[] { 0, 1, 0x29F, 0x2A0, 0x49F })
            Refused(EvidenceMalformed, new AmdForge { EditSigned = report => report[..length] });
        Refused(EvidenceMalformed, new AmdForge { EditSigned = report => [.. report, 0] });
    }

    [Fact]
    public void Other_keys_signatures_are_refused()
    {
        Refused(ReportSignature, new AmdForge { ForeignKey = true });
        Refused(CertificateSignature, new AmdForge { ForeignRoot = true });
        Refused(CrlSignature, new AmdForge { ForeignCrl = true });
    }

    [Fact]
    public void The_chip_must_be_the_certificates_and_the_policys()
    {
        Refused(ChipMismatch, new AmdForge { EditReport = report => report[0x1A0]++ });
        Refused(ChipMismatch, new AmdForge { EditReport = report => report.AsSpan(0x1A0, 64).Clear() }); // chip number masked by the host
        AmdForge some = new(), leased = new(leased: true);
        Octets chip = new(some.KeyChipId), other = new(new byte[64]);
        some.Verify(some.Demands with { ChipIds = [other, chip] });
        Refused(ChipMismatch, some, some.Demands with { ChipIds = [other] });
        Refused(ChipMismatch, leased, leased.Demands with { ChipIds = [chip] });
        Refused(LeasedKeyRefused, leased, leased.Demands with { PermitLeasedKey = false });
    }

    [Fact]
    public void The_report_must_name_the_key_that_signed_it()
    {
        Refused(ChipMismatch, new AmdForge { EditReport = report => report[0x48] = 1 << 2 });
        Refused(ChipMismatch, new AmdForge { EditReport = report => report[0x48] = 7 << 2 });
        Refused(ChipMismatch, new AmdForge(leased: true) { EditReport = report => report[0x48] = 0 });
    }

    [Fact]
    public void The_product_must_be_the_roots_the_processors_and_the_policys()
    {
        Refused(ProductRefused, new AmdForge { EditReport = report => report[0x189] = 0x11 });
        Refused(ProductRefused, new AmdForge { EditReport = report => report[0x188] = 0x17 });
        new AmdForge { Version = 2, EditReport = report => report[0x188] = 0 }.Verify(); // version 2 has no such field
        Refused(ProductRefused, new AmdForge { ProductName = "Naples-B1" });
        Refused(ProductRefused, new AmdForge { PinnedAs = SnpProduct.Genoa });
        Refused(ChainBroken, new AmdForge { ProductName = "Genoa-B1" });
        AmdForge some = new();
        Refused(ProductRefused, some, some.Demands with { TcbMin = ImmutableDictionary<SnpProduct, SnpTcb>.Empty.Add(SnpProduct.Turin, default) });
    }

    [Fact]
    public void The_versions_must_be_the_certificates()
    {
        SnpTcb tcb = new AmdForge().Tcb;
        foreach (SnpTcb other in new[] { tcb with { Bootloader = 5 }, tcb with { Tee = 0 }, tcb with { Snp = 9 }, tcb with { Microcode = 201 } })
            Refused(TcbMismatch, new AmdForge { KeyTcb = other });
        Refused(TcbMismatch, new AmdForge { EditReport = report => report[0x38 + 7]-- });
    }

    [Fact]
    public void Every_part_of_every_version_counts_against_the_minimum()
    {
        SnpTcb tcb = new AmdForge().Tcb;
        foreach (SnpTcb minimum in new[]
        {
            tcb with { Bootloader = 5 }, tcb with { Tee = 2 }, tcb with { Snp = 11 }, tcb with { Microcode = 201 }, tcb with { Fmc = 1 },
        })
        {
            AmdForge forge = new();
            Refused(TcbBelowMinimum, forge, forge.Demands with { TcbMin = forge.Demands.TcbMin.SetItem(SnpProduct.Milan, minimum) });
        }
        Refused(TcbBelowMinimum, new AmdForge { EditReport = report => report[0x1F0 + 7]-- }); // at launch
        AmdForge provisional = new() { EditReport = report => report[0x38 + 7]++ };
        Refused(ProvisionalFirmware, provisional);
        provisional.Verify(provisional.Demands with { PermitProvisionalFirmware = true });
        AmdForge rolledBack = new() { EditReport = report => report[0x1E0 + 7]-- };
        Refused(TcbBelowMinimum, rolledBack, rolledBack.Demands with { PermitProvisionalFirmware = true });
    }

    [Theory]
    [InlineData("3.1", "02020100")] // 256
    [InlineData("3.1", "0201FF")] // -1
    [InlineData("3.1", "02010400")] // a byte behind
    [InlineData("3.1", "04020100")] // a byte string
    [InlineData("3.8", "")]
    [InlineData("2", "0C084D696C616E2D4231")] // UTF-8
    [InlineData("2", "16084D696C616E2D423100")] // a byte behind
    [InlineData("2", "")]
    public void Odd_extensions_of_a_chips_certificate_are_refused(string arc, string value) => Refused(
        CertificateMalformed, new AmdForge
        {
            EditExtensions = extensions => [.. extensions.Where(extension => !extension.Oid!.Value!.EndsWith($"3704.1.{arc}", StringComparison.Ordinal)),
                new X509Extension($"1.3.6.1.4.1.3704.1.{arc}", Convert.FromHexString(value), false)],
        });

    [Fact]
    public void A_chips_certificate_needs_every_extension_and_a_key_on_the_right_curve()
    {
        for (int i = 1; i < 7; i++) // the first, the version of the extensions, is not needed
            Refused(CertificateMalformed, new AmdForge { EditExtensions = extensions => [.. extensions[..i], .. extensions[(i + 1)..]] });
        Refused(CertificateMalformed, new AmdForge { EditExtensions = extensions => [.. extensions, new X509Extension("1.2.3.4", [5, 0], critical: true)] });
        new AmdForge { EditExtensions = extensions => [.. extensions, new X509Extension("1.2.3.4", [5, 0], critical: false)] }.Verify();
        Refused(CertificateUsage, new AmdForge { OnAnotherCurve = true });
    }

    [Fact]
    public void What_the_guest_may_do_is_refused_unless_granted()
    {
        AmdForge debug = new() { EditReport = report => report[0x0A] |= 8 };
        Refused(DebugRefused, debug);
        Assert.True(debug.Verify(debug.Demands with { PermitDebug = true }).Debug);
        AmdForge migration = new() { EditReport = report => report[0x0A] |= 4 };
        Refused(GuestPolicyRefused, migration);
        migration.Verify(migration.Demands with { PermitMigration = true });
        AmdForge threads = new() { EditReport = report => report[0x0A] |= 1 };
        Refused(GuestPolicyRefused, threads);
        threads.Verify(threads.Demands with { PermitSmt = true });
        AmdForge aliased = new() { EditReport = report => report[0x40] = 0 };
        Refused(GuestPolicyRefused, aliased);
        aliased.Verify(aliased.Demands with { RequireAliasCheck = false });
        AmdForge outer = new() { EditReport = report => report[0x30] = 1 };
        Refused(PrivilegeLevelRefused, outer);
        outer.Verify(outer.Demands with { VmplMax = 1 });
        Refused(PrivilegeLevelRefused, new AmdForge { EditReport = report => report[0x33] = 0x80 });
        Refused(GuestPolicyRefused, new AmdForge { EditReport = report => report[0x0A] = 0 });
    }

    [Fact]
    public void Another_measurement_or_other_report_data_is_refused()
    {
        foreach (int at in new[] { 0x90, 0xBF }) Refused(MeasurementMismatch, new AmdForge { EditReport = report => report[at]++ });
        foreach (int at in new[] { 0x50, 0x8F }) Refused(ReportDataMismatch, new AmdForge { EditReport = report => report[at]++ });
    }

    [Fact]
    public void What_is_expired_revoked_or_from_the_future_is_refused()
    {
        AmdForge some = new();
        Refused(CertificateExpired, new AmdForge { EditRoot = form => form with { Until = Past } });
        Refused(CertificateExpired, new AmdForge { EditIntermediate = form => form with { Until = Past } });
        Refused(CertificateExpired, new AmdForge { KeyForm = some.KeyForm with { Until = Past } });
        Refused(CertificateNotYetValid, new AmdForge { EditRoot = form => form with { From = Future } });
        Refused(CertificateNotYetValid, new AmdForge { EditIntermediate = form => form with { From = Future } });
        Refused(CertificateNotYetValid, new AmdForge { KeyForm = some.KeyForm with { From = Future } });
        Refused(CrlExpired, new AmdForge { CrlDates = (Form.Opening, Past) });
        Refused(CrlNotYetValid, new AmdForge { CrlDates = (Future, Form.Closing) });
        Refused(CertificateRevoked, new AmdForge { Revoke = true });
        Refused(CollateralMissing, new AmdForge { WithoutCrl = true });
        Assert.False(new AmdForge { WithoutCrl = true }.Verify(some.Demands with { RequireRevocationList = false }).RevocationChecked);
        Refused(CertificateRevoked, new AmdForge { Revoke = true }, some.Demands with { RequireRevocationList = false }); // one given is one checked
    }

    [Fact]
    public void Certificates_out_of_their_role_are_refused()
    {
        AmdForge some = new();
        Refused(CertificateUsage, new AmdForge { EditRoot = form => form with { Authority = null } });
        Refused(CertificateUsage, new AmdForge { EditIntermediate = form => form with { Authority = false, PathLength = null } });
        Refused(ChainBroken, new AmdForge { EditIntermediate = form => form with { Name = "SEV-VLEK-Milan" } });
        Refused(ChainBroken, new AmdForge { KeyForm = some.KeyForm with { Name = "SEV-VLEK" } });
        Refused(CertificateUsage, new AmdForge { KeyForm = some.KeyForm with { Name = "SEV-VXEK" } });
        Refused(CertificateUsage, new AmdForge { KeyForm = some.KeyForm with { Authority = true } });
    }

    private static void Refused(AttestationFault fault, AmdForge forge, SnpPolicy? demands = null) =>
        Assert.Equal(fault, Refusals.Fault(() => forge.Verify(demands)));
}
