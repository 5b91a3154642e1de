using Blindsight.Attestation;
using Blindsight.Attestation.Policies;
using Blindsight.Unit.Attestation.Forge;
using static Blindsight.Attestation.AttestationFault;

namespace Blindsight.Unit.Attestation;

/// <summary>Quotes that are signed well and wrong in one place, under a root of the tests' own.</summary>
public sealed class DcapTests
{
    private static readonly DateTimeOffset Past = Form.Opening.AddDays(9), Future = Form.Closing.AddDays(-9);

    [Theory]
    [InlineData(3, false, false)]
    [InlineData(4, false, false)]
    [InlineData(4, true, false)]
    [InlineData(5, false, false)]
    [InlineData(5, true, false)]
    [InlineData(5, true, true)]
    public void Every_version_verifies(ushort version, bool tdx, bool tdx15)
    {
        Attested verdict = new IntelForge { Version = version, Tdx = tdx, Tdx15 = tdx15 }.Verify();
        Assert.Equal(tdx ? Tee.Tdx : Tee.Sgx, verdict.Tee);
        Assert.Equal(TcbStatus.UpToDate, verdict.TcbStatus);
        Assert.Equal(new Octets(IntelForge.Filled(tdx ? 48 : 32, 0x10)), verdict.Measurement);
        Assert.Equal(new Octets(IntelForge.Filled(64, 0x60)), verdict.ReportData);
        Assert.Equal(Form.Closing, verdict.NotAfter);
    }

    [Fact]
    public void Versions_and_types_that_do_not_exist_are_refused()
    {
        foreach ((int at, byte value) in new (int, byte)[] { (0, 2), (0, 6), (2, 3), (4, 1), (12, 0) })
            Refused(EvidenceUnsupported, new IntelForge { EditHeader = header => header[at] = value });
        Refused(EvidenceUnsupported, new IntelForge { Version = 3, Tdx = true });
    }

    [Theory]
    [InlineData(nameof(IntelForge.Signature.Root), CrlSignature)] // the first thing that the root signs
    [InlineData(nameof(IntelForge.Signature.RootCrl), CrlSignature)]
    [InlineData(nameof(IntelForge.Signature.PckCrl), CrlSignature)]
    [InlineData(nameof(IntelForge.Signature.QuotingEnclave), QeReportSignature)]
    [InlineData(nameof(IntelForge.Signature.Quote), QuoteSignature)]
    [InlineData(nameof(IntelForge.Signature.TcbInfo), TcbInfoSignature)]
    [InlineData(nameof(IntelForge.Signature.QeIdentity), QeIdentitySignature)]
    public void Other_keys_signatures_are_refused(string signature, AttestationFault fault) =>
        Refused(fault, new IntelForge { Foreign = Enum.Parse<IntelForge.Signature>(signature) });

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public void Quotes_cut_short_or_with_something_behind_are_refused(ushort version, bool tdx)
    {
        for (int length = 0; length < 1400; length += 7)
            Refused(EvidenceMalformed, new IntelForge { Version = version, Tdx = tdx, EditSigned = quote => quote[..length] });
        Refused(EvidenceMalformed, new IntelForge { Version = version, Tdx = tdx, EditSigned = quote => quote[..^1] });
        Refused(EvidenceMalformed, new IntelForge { Version = version, Tdx = tdx, EditSigned = quote => [.. quote, 0, 1] });
        new IntelForge { Version = version, Tdx = tdx, EditSigned = quote => [.. quote, 0, 0] }.Verify(); // a driver's padding
    }

    [Fact]
    public void A_body_must_have_the_type_and_the_size_that_the_quote_states()
    {
        Refused(EvidenceMalformed, new IntelForge { Version = 5, Tdx = true, Tdx15 = true, BodyType = 2 });
        Refused(EvidenceMalformed, new IntelForge { Version = 5, Tdx = true, BodyType = 3 });
        Refused(EvidenceUnsupported, new IntelForge { Version = 5, Tdx = true, BodyType = 1 });
        Refused(EvidenceUnsupported, new IntelForge { Version = 5, BodyType = 2 });
        Refused(EvidenceUnsupported, new IntelForge { Version = 5, BodyType = 4 });
    }

    [Fact]
    public void A_chain_must_have_its_three_certificates_in_order()
    {
        Refused(ChainBroken, new IntelForge { EditChain = chain => [chain[0], chain[2]] });
        Refused(ChainBroken, new IntelForge { EditChain = chain => [chain[0], chain[1], chain[1], chain[2]] });
        Refused(ChainBroken, new IntelForge { EditChain = chain => [chain[0], chain[0], chain[2]] });
        Refused(CertificateUsage, new IntelForge { EditChain = chain => [chain[0], chain[2], chain[2]] });
        Refused(RootNotPinned, new IntelForge { EditChain = chain => [chain[0], chain[1], chain[1]] });
        Refused(CollateralMissing, new IntelForge { EditChain = _ => [] });
    }

    [Fact]
    public void A_kind_that_the_policy_does_not_name_is_refused()
    {
        IntelForge sgx = new(), tdx = new() { Tdx = true };
        Refused(EvidenceKindRefused, sgx, sgx.Policy with { Sgx = null });
        Refused(EvidenceKindRefused, tdx, tdx.Policy with { Tdx = null });
    }

    [Fact]
    public void What_an_enclave_is_must_be_what_the_policy_names()
    {
        Refused(MeasurementMismatch, new IntelForge { EditBody = body => body[64]++ });
        Refused(SignerMismatch, new IntelForge { EditBody = body => body[128]++ });
        Refused(SignerMismatch, new IntelForge { EditBody = body => body[256]++ });
        Refused(SignerMismatch, new IntelForge { EditBody = body => body[258]-- });
        Refused(ReportDataMismatch, new IntelForge { EditBody = body => body[383]++ });
        Refused(GuestPolicyRefused, new IntelForge { EditBody = body => body[48] &= 0xFE });
        new IntelForge { EditBody = body => body[258]++ }.Verify(); // a newer version is welcome

        IntelForge other = new() { EditBody = body => body[64]++ };
        SgxSigner signer = other.Policy.Sgx!.Signer!;
        other.Verify(other.Policy with { Sgx = new SgxPolicy([], signer) });
        Assert.Throws<ArgumentException>(() => new SgxPolicy([]));
    }

    [Fact]
    public void What_a_domain_is_must_be_what_the_policy_names()
    {
        Refused(MeasurementMismatch, new IntelForge { Tdx = true, EditBody = body => body[136]++ });
        for (int i = 0; i < 4; i++)
        {
            IntelForge register = new() { Tdx = true, EditBody = body => body[328 + 48 * i]++ };
            Refused(MeasurementMismatch, register);
            TdxPolicy demands = register.Policy.Tdx!;
            register.Verify(register.Policy with { Tdx = demands with { RuntimeMeasurements = demands.RuntimeMeasurements.SetItem(i, null) } });
        }
        Refused(ReportDataMismatch, new IntelForge { Tdx = true, EditBody = body => body[583]++ });
    }

    [Fact]
    public void Debugging_and_other_permissions_are_refused_unless_granted()
    {
        IntelForge enclave = new() { EditBody = body => body[48] |= 2 };
        Refused(DebugRefused, enclave);
        Attested open = enclave.Verify(enclave.Policy with { Sgx = enclave.Policy.Sgx! with { PermitDebug = true } });
        Assert.True(open.Debug);
        Assert.Contains("DEBUG", open.Label);

        IntelForge domain = new() { Tdx = true, EditBody = body => body[120] |= 1 };
        Refused(DebugRefused, domain);
        Assert.True(domain.Verify(domain.Policy with { Tdx = domain.Policy.Tdx! with { PermitDebug = true } }).Debug);

        IntelForge migratable = new() { Tdx = true, EditBody = body => body[123] |= 0x20 };
        Refused(GuestPolicyRefused, migratable);
        migratable.Verify(migratable.Policy with { Tdx = migratable.Policy.Tdx! with { PermitMigration = true } });

        IntelForge interrupted = new() { Tdx = true, EditBody = body => body[123] = 0 };
        Refused(GuestPolicyRefused, interrupted);
        interrupted.Verify(interrupted.Policy with { Tdx = interrupted.Policy.Tdx! with { PermitSecureEptExceptions = true } });
    }

    [Theory]
    [InlineData("SWHardeningNeeded")]
    [InlineData("ConfigurationNeeded")]
    [InlineData("ConfigurationAndSWHardeningNeeded")]
    [InlineData("OutOfDate")]
    [InlineData("OutOfDateConfigurationNeeded")]
    [InlineData("Revoked")]
    public void Only_accepted_verdicts_pass_and_a_revoked_platform_never(string status)
    {
        IntelForge forge = new() { EditTcbInfo = text => text.Replace("\"UpToDate\"", $"\"{status}\"") };
        Refused(TcbStatusRefused, forge);
        AttestationPolicy lenient = Lenient(forge, [Enum.Parse<TcbStatus>(status)]);
        if (status == "Revoked") Refused(TcbStatusRefused, forge, lenient);
        else Assert.Equal(status, forge.Verify(lenient).TcbStatus.ToString());
    }

    [Fact]
    public void Old_parts_make_a_platform_old()
    {
        IntelForge components = new() { Components = [.. Enumerable.Repeat((byte)4, 16)] };
        IntelForge enclave = new() { EditQuotingEnclave = report => report[258] = 7 }, revoked = new() { EditQuotingEnclave = report => report[258] = 5 };
        IntelForge module = new() { Tdx = true, EditBody = body => body[0] = 4 }, microcode = new() { Tdx = true, EditBody = body => body[2] = 4 };
        foreach (IntelForge forge in new[] { components, enclave, revoked, module, microcode }) Refused(TcbStatusRefused, forge);
        foreach ((IntelForge forge, string advisory) in new[]
        {
            (components, "INTEL-SA-OLD"), (enclave, "INTEL-SA-QE"), (module, "INTEL-SA-MODULE"), (microcode, "INTEL-SA-OLD"),
        })
        {
            Refused(AdvisoryRefused, forge, Lenient(forge, [TcbStatus.OutOfDate]));
            Attested verdict = forge.Verify(Lenient(forge, [TcbStatus.OutOfDate], advisory));
            Assert.Equal((TcbStatus.OutOfDate, advisory), (verdict.TcbStatus, Assert.Single(verdict.Advisories)));
        }
    }

    [Fact]
    public void An_old_quoting_enclave_lowers_every_verdict()
    {
        foreach ((string platform, TcbStatus lowered) in new[]
        {
            ("UpToDate", TcbStatus.OutOfDate), ("SWHardeningNeeded", TcbStatus.OutOfDate),
            ("ConfigurationNeeded", TcbStatus.OutOfDateConfigurationNeeded), ("ConfigurationAndSWHardeningNeeded", TcbStatus.OutOfDateConfigurationNeeded),
            ("OutOfDate", TcbStatus.OutOfDate), ("OutOfDateConfigurationNeeded", TcbStatus.OutOfDateConfigurationNeeded),
        })
        {
            IntelForge forge = new()
            {
                EditTcbInfo = text => text.Replace("\"UpToDate\"", $"\"{platform}\""), EditQuotingEnclave = report => report[258] = 7,
            };
            Assert.Equal(lowered, forge.Verify(Lenient(forge, [lowered], "INTEL-SA-QE")).TcbStatus);
        }
    }

    [Fact]
    public void Versions_below_every_level_and_strange_modules_are_refused()
    {
        Refused(TcbLevelUnknown, new IntelForge { Components = [.. Enumerable.Repeat((byte)2, 16)] });
        Refused(TcbLevelUnknown, new IntelForge { EditQuotingEnclave = report => report[258] = 3 });
        Refused(TcbLevelUnknown, new IntelForge { Tdx = true, EditBody = body => body[0] = 2 });
        Refused(TdxModuleMismatch, new IntelForge { Tdx = true, EditBody = body => body[1] = 2 });
        Refused(TdxModuleMismatch, new IntelForge { Tdx = true, EditBody = body => body[64] = 1 });
        Refused(TdxModuleMismatch, new IntelForge { Tdx = true, EditBody = body => body[112] = 1 });
    }

    [Fact]
    public void Another_quoting_enclave_is_refused()
    {
        foreach (int at in new[] { 16, 48, 128, 256 })
            Refused(QeIdentityMismatch, new IntelForge { EditQuotingEnclave = report => report[at] ^= 1 });
        Refused(QeIdentityMismatch, new IntelForge { EditQuotingEnclave = report => report[48] |= 2 }); // under debug
        Refused(AttestationKeyUnbound, new IntelForge { EditQuotingEnclave = report => report[320] ^= 1 });
        Refused(AttestationKeyUnbound, new IntelForge { EditQuotingEnclave = report => report[352] ^= 1 });
    }

    [Fact]
    public void Statements_about_something_else_are_refused()
    {
        Refused(CollateralMismatch, new IntelForge { EditTcbInfo = text => text.Replace("00A0B0C0D0E0", "00A0B0C0D0E1") });
        Refused(CollateralMismatch, new IntelForge { EditTcbInfo = text => text.Replace("\"pceId\":\"0001\"", "\"pceId\":\"0000\"") });
        Refused(CollateralMismatch, new IntelForge { Tdx = true, EditTcbInfo = text => text.Replace("\"TDX\"", "\"SGX\"") });
        Refused(CollateralMismatch, new IntelForge { EditQeIdentity = text => text.Replace("\"QE\"", "\"TD_QE\"") });
        foreach (bool identity in new[] { false, true })
        {
            IntelForge old = identity
                ? new IntelForge { EditQeIdentity = text => text.Replace(":17", ":16") }
                : new IntelForge { EditTcbInfo = text => text.Replace(":17", ":16") };
            old.Verify();
            Refused(CollateralSuperseded, old, old.Policy with { Sgx = old.Policy.Sgx! with { EvaluationNumberMin = 17 } });
        }
    }

    [Fact]
    public void What_is_expired_or_from_the_future_is_refused()
    {
        IntelForge some = new();
        Refused(CertificateExpired, new IntelForge { RootForm = some.RootForm with { Until = Past } });
        Refused(CertificateExpired, new IntelForge { AuthorityForm = some.AuthorityForm with { Until = Past } });
        Refused(CertificateExpired, new IntelForge { PckForm = some.PckForm with { Until = Past } });
        Refused(CertificateExpired, new IntelForge { SignerForm = some.SignerForm with { Until = Past } });
        Refused(CertificateNotYetValid, new IntelForge { RootForm = some.RootForm with { From = Future } });
        Refused(CertificateNotYetValid, new IntelForge { AuthorityForm = some.AuthorityForm with { From = Future } });
        Refused(CertificateNotYetValid, new IntelForge { PckForm = some.PckForm with { From = Future } });
        Refused(CertificateNotYetValid, new IntelForge { SignerForm = some.SignerForm with { From = Future } });
        Refused(CrlExpired, new IntelForge { RootCrlDates = (Form.Opening, Past) });
        Refused(CrlExpired, new IntelForge { PckCrlDates = (Form.Opening, Past) });
        Refused(CrlNotYetValid, new IntelForge { RootCrlDates = (Future, Form.Closing) });
        Refused(CrlNotYetValid, new IntelForge { PckCrlDates = (Future, Form.Closing) });
        Refused(CollateralExpired, new IntelForge { EditTcbInfo = text => text.Replace("2031-", "2030-") });
        Refused(CollateralExpired, new IntelForge { EditQeIdentity = text => text.Replace("2031-", "2030-") });
        Refused(CollateralNotYetValid, new IntelForge { EditTcbInfo = text => text.Replace("2030-01", "2030-12") });
        Refused(CollateralNotYetValid, new IntelForge { EditQeIdentity = text => text.Replace("2030-01", "2030-12") });
    }

    [Fact]
    public void The_verdict_holds_until_the_first_of_everything_expires()
    {
        DateTimeOffset soon = IntelForge.Now.AddHours(1);
        IntelForge some = new();
        string text = soon.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null);
        foreach (IntelForge forge in new IntelForge[]
        {
            new() { RootForm = some.RootForm with { Until = soon } }, new() { AuthorityForm = some.AuthorityForm with { Until = soon } },
            new() { PckForm = some.PckForm with { Until = soon } }, new() { SignerForm = some.SignerForm with { Until = soon } },
            new() { RootCrlDates = (Form.Opening, soon) }, new() { PckCrlDates = (Form.Opening, soon) },
            new() { EditTcbInfo = info => info.Replace("2031-01-01T00:00:00Z", text) },
            new() { EditQeIdentity = identity => identity.Replace("2031-01-01T00:00:00Z", text) },
        })
            Assert.Equal(soon, forge.Verify().NotAfter);
    }

    [Fact]
    public void What_is_revoked_is_refused()
    {
        Refused(CertificateRevoked, new IntelForge { RevokeAuthority = true });
        Refused(CertificateRevoked, new IntelForge { RevokeSigner = true });
        Refused(CertificateRevoked, new IntelForge { RevokePck = true });
    }

    [Fact]
    public void Certificates_out_of_their_role_are_refused()
    {
        IntelForge some = new();
        Refused(CertificateUsage, new IntelForge { RootForm = some.RootForm with { Authority = null } });
        Refused(CertificateUsage, new IntelForge { RootForm = some.RootForm with { PathLength = 0 } });
        Refused(CertificateUsage, new IntelForge { AuthorityForm = some.AuthorityForm with { Authority = false, PathLength = null } });
        Refused(CertificateUsage, new IntelForge { AuthorityForm = some.AuthorityForm with { Usage = some.PckForm.Usage } });
        Refused(CertificateUsage, new IntelForge { AuthorityForm = some.AuthorityForm with { Name = "Intel SGX TCB Signing" } });
        Refused(CertificateUsage, new IntelForge { PckForm = some.PckForm with { Name = "Intel SGX TCB Signing" } });
        Refused(CertificateUsage, new IntelForge { PckForm = some.PckForm with { Authority = true } });
        Refused(CertificateUsage, new IntelForge { SignerForm = some.SignerForm with { Name = "Intel SGX PCK Certificate" } });
        Refused(CertificateUsage, new IntelForge { SignerForm = some.SignerForm with { Usage = some.RootForm.Usage } });
    }

    private static void Refused(AttestationFault fault, IntelForge forge, AttestationPolicy? policy = null) =>
        Assert.Equal(fault, Refusals.Fault(() => forge.Verify(policy)));

    private static AttestationPolicy Lenient(IntelForge forge, TcbStatus[] statuses, params string[] advisories) => forge.Policy with
    {
        Sgx = forge.Policy.Sgx! with { AcceptedStatuses = [.. statuses], AcceptedAdvisories = [.. advisories] },
        Tdx = forge.Policy.Tdx! with { AcceptedStatuses = [.. statuses], AcceptedAdvisories = [.. advisories] },
    };
}
