using System.Buffers.Binary;
using System.Text;
using Blindsight.Attestation;
using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Policies;
using Blindsight.Attestation.Snp;
using Blindsight.Tests;
using Blindsight.Unit.Attestation.Forge;
using static Blindsight.Attestation.AttestationFault;
using static Blindsight.Unit.Attestation.GenuineEvidence;

namespace Blindsight.Unit.Attestation;

/// <summary>Bytes that nobody honest would send. The only exception they may cause is the named one.</summary>
public sealed class HostileEvidenceTests
{
    private const int Trials = 1500;

    [DataFact]
    public void Mutated_and_truncated_SNP_reports_and_certificates_are_refused_by_name()
    {
        byte[] report = SnpReport(), vcek = Vcek(), ask = AmdCertificate("milan", 0);
        AttestationPolicy policy = SnpPolicy();
        Fuzz(1, report, bytes => Verify(bytes, vcek, ask));
        Fuzz(2, vcek, bytes => Verify(report, bytes, ask));
        Fuzz(3, ask, bytes => Verify(report, vcek, bytes));

        object Verify(byte[] evidence, byte[] key, byte[] intermediate) => AttestationVerifier.Verify(
            new Evidence(EvidenceKind.SevSnpReport, evidence), new SnpCollateral(key, intermediate), policy, SnpTime);
    }

    [DataTheory]
    [InlineData("sgx")]
    [InlineData("tdx")]
    public void Mutated_and_truncated_quotes_and_collateral_are_refused_by_name(string kind)
    {
        byte[] quote = kind == "sgx" ? SgxQuote() : TdxQuote(), json = Bytes("dcap", $"{kind}_quote_collateral.json");
        AttestationPolicy policy = kind == "sgx" ? SgxPolicy() : TdxPolicy();
        DcapCollateral collateral = DcapCollateral.Parse(json);
        Fuzz(4, quote, bytes => AttestationVerifier.Verify(new Evidence(EvidenceKind.DcapQuote, bytes), collateral, policy, DcapTime));
        Fuzz(5, json, bytes => AttestationVerifier.Verify(new Evidence(EvidenceKind.DcapQuote, quote), DcapCollateral.Parse(bytes), policy, DcapTime));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mutated_statements_that_are_signed_well_are_refused_by_name(bool tdx)
    {
        Random random = new(6);
        for (int trial = 0; trial < Trials / 3; trial++)
        {
            IntelForge forge = trial % 2 == 0
                ? new IntelForge { Tdx = tdx, EditTcbInfo = Mutated }
                : new IntelForge { Tdx = tdx, EditQeIdentity = Mutated };
            Expect(() => forge.Verify());
        }

        string Mutated(string text) => Encoding.Latin1.GetString(Mutate(random, Encoding.Latin1.GetBytes(text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("{\"id\":7}")]
    [InlineData("{\"id\":\"SGX\",\"id\":\"SGX\"}")]
    [InlineData("{\"\\ud800\":1,\"\\ud800\":2}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"id\":\"\\ud800\"}")]
    [InlineData("{\"id\":\"SGX\",\"version\":3,\"tcbType\":0,\"fmspc\":\"\\udc00\"}")]
    [InlineData("{\"id\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}}}}}}}}}}")]
    [InlineData("{\"id\":\"SGX\",\"version\":1e99}")]
    [InlineData("{\"id\":\"SGX\",\"version\":3.5}")]
    [InlineData("{\"id\":\"SGX\",\"version\":-3}")]
    public void Statements_that_are_signed_well_and_mean_nothing_are_refused_by_name(string text)
    {
        AttestationFault expected = text.Length == 0 ? CollateralMissing : CollateralMalformed;
        Assert.Equal(expected, Refusals.Fault(() => new IntelForge { EditTcbInfo = _ => text }.Verify()));
        Assert.Equal(expected, Refusals.Fault(() => new IntelForge { EditQeIdentity = _ => text }.Verify()));
    }

    [Theory]
    [InlineData("\"UpToDate\"", "\"Splendid\"")]
    [InlineData("\"2030-01-01T00:00:00Z\"", "\"2030-01-01\"")]
    [InlineData("\"2030-01-01T00:00:00Z\"", "\"2030-13-01T00:00:00Z\"")]
    [InlineData("00A0B0C0D0E0", "00A0B0C0D0")]
    [InlineData("00A0B0C0D0E0", "00A0B0C0D0Ex")]
    [InlineData("{\"svn\":5},", "")]
    [InlineData("{\"svn\":5}", "{\"svn\":256}")]
    [InlineData("{\"svn\":5}", "7")]
    [InlineData("[\"INTEL-SA-OLD\"]", "[7]")]
    [InlineData("[\"INTEL-SA-OLD\"]", "7")]
    [InlineData("\"version\":3", "\"version\":2")]
    [InlineData("\"tcbType\":0", "\"tcbType\":1")]
    [InlineData("\"SGX\"", "\"XGS\"")]
    public void Odd_TCB_information_is_refused_by_name(string original, string replacement) =>
        Assert.Equal(CollateralMalformed, Refusals.Fault(() => new IntelForge { EditTcbInfo = text => text.Replace(original, replacement) }.Verify()));

    [Theory]
    [InlineData("UpToDate", "ConfigurationNeeded")] // a part can only be current, old or revoked
    [InlineData("\"QE\"", "\"EQ\"")]
    [InlineData("\"version\":2", "\"version\":3")]
    [InlineData("\"isvprodid\":1", "\"isvprodid\":65536")]
    [InlineData("\"miscselect\":\"00000000\"", "\"miscselect\":\"000000\"")]
    public void An_odd_QE_identity_is_refused_by_name(string original, string replacement) =>
        Assert.Equal(CollateralMalformed, Refusals.Fault(() => new IntelForge { EditQeIdentity = text => text.Replace(original, replacement) }.Verify()));

    [DataFact]
    public void Every_length_that_a_quote_states_is_checked()
    {
        DcapCollateral collateral = Collateral("tdx");
        foreach (int at in new[] { 632, 636 + 130, 770 + 448, 770 + 450 + 32 + 2 })
            foreach (uint length in new[] { 0u, 1u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu })
            {
                byte[] quote = TdxQuote();
                BinaryPrimitives.WriteUInt32LittleEndian(quote.AsSpan(at), length);
                AttestationFault fault = Refusals.Fault(
                    () => AttestationVerifier.Verify(new Evidence(EvidenceKind.DcapQuote, quote), collateral, TdxPolicy(), DcapTime));
                Assert.Contains(fault, new[] { EvidenceMalformed, EvidenceUnsupported, CollateralMissing });
            }
    }

    [Fact]
    public void Encoded_evidence_comes_back_and_every_other_length_is_refused()
    {
        Evidence evidence = new(EvidenceKind.DcapQuote, [1, 2, 3], [4, 5]);
        byte[] encoded = evidence.Encode();
        Evidence decoded = Evidence.Decode(encoded);
        Assert.Equal((EvidenceKind.DcapQuote, "010203", "0405"),
            (decoded.Kind, Convert.ToHexString(decoded.Bytes.Span), Convert.ToHexString(decoded.Endorsements.Span)));
        for (int length = 0; length < encoded.Length; length++)
            Assert.Equal(EvidenceMalformed, Refusals.Fault(() => Evidence.Decode(encoded.AsSpan(..length))));
        Assert.Equal(EvidenceMalformed, Refusals.Fault(() => Evidence.Decode([.. encoded, 0])));
        foreach ((int at, byte value) in new (int, byte)[] { (0, 0), (4, 3), (5, 4), (8, 0x80), (9, 1), (12, 0xFF) })
        {
            byte[] wrong = [.. encoded];
            wrong[at] = value;
            Assert.Equal(EvidenceMalformed, Refusals.Fault(() => Evidence.Decode(wrong)));
        }
        Assert.Equal(EvidenceMalformed, Refusals.Fault(() => new Evidence(EvidenceKind.DcapQuote, new byte[Evidence.LengthMax + 1])));
        Assert.Equal(EvidenceMalformed, Refusals.Fault(() => new Evidence(EvidenceKind.DcapQuote, [], new byte[Evidence.LengthMax + 1])));
        Assert.Equal(CollateralMalformed, Refusals.Fault(() => new SnpCollateral(new byte[Blindsight.Attestation.Collateral.PartBytesMax + 1], default)));
    }

    [Fact]
    public void Certificate_tables_are_read_within_their_bounds()
    {
        const string Vcek = "63da758de6644564adc5f4b93be8accd", Ask = "4ab7b379bbac4fe4a02f05aef327c782";
        byte[] table = AmdForge.Table((Vcek, [1, 2]), (Ask, [3]));
        SnpCertificateTable parsed = SnpCertificateTable.Parse(table);
        Assert.Equal(("0102", "03"), (Convert.ToHexString(parsed.EndorsementKey.Span), Convert.ToHexString(parsed.Intermediate.Span)));
        Assert.Equal(CollateralMissing, Refusals.Fault(() => SnpCertificateTable.Parse(AmdForge.Table((Vcek, [1])))));
        Assert.Equal(CollateralMissing, Refusals.Fault(() => SnpCertificateTable.Parse(AmdForge.Table((Ask, [1])))));
        Assert.Equal(EvidenceMalformed, Refusals.Fault(() => SnpCertificateTable.Parse(AmdForge.Table((Vcek, [1]), (Vcek, [1]), (Ask, [1])))));
        Assert.Equal(CollateralMissing, Refusals.Fault(() => SnpCertificateTable.Parse(default)));
        Assert.Equal(CollateralMissing, Refusals.Fault(() => SnpCertificateTable.Parse(new byte[4096])));
        for (int length = 1; length < table.Length; length++)
            Assert.Equal(EvidenceMalformed, Refusals.Fault(() => SnpCertificateTable.Parse(table.AsMemory(..length))));
        foreach (int at in new[] { 16, 19, 20, 23 })
        {
            byte[] wrong = [.. table];
            wrong[at] = 0xFF;
            Assert.Equal(EvidenceMalformed, Refusals.Fault(() => SnpCertificateTable.Parse(wrong)));
        }
        (string, byte[])[] many = [.. Enumerable.Range(0, 31).Select(i => (new Guid(i + 1, 0, 0, new byte[8]).ToString("N"), new byte[1]))];
        SnpCertificateTable.Parse(AmdForge.Table([.. many[..30], (Vcek, [1]), (Ask, [1])]));
        Assert.Equal(EvidenceMalformed, Refusals.Fault(() => SnpCertificateTable.Parse(AmdForge.Table([.. many, (Vcek, [1]), (Ask, [1])]))));
        Random random = new(7);
        for (int trial = 0; trial < Trials; trial++) Expect(() => SnpCertificateTable.Parse(Mutate(random, table)));
    }

    [Theory]
    [InlineData("AAAA\n", 1)] // not begun
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n", 1)] // not ended
    [InlineData("-----BEGIN CERTIFICATE-----\nAAB=\n-----END CERTIFICATE-----\n", 1)] // unused bits set
    [InlineData("-----BEGIN CERTIFICATE-----\nAA A\n-----END CERTIFICATE-----\n", 1)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n", 1)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\nAAAA\n-----END CERTIFICATE-----\n", 1)] // short line inside
    [InlineData("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n", 1)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\nx", 1)]
    [InlineData("\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 1)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 5)] // too many
    public void Loose_PEM_is_refused(string text, int times) => Assert.Equal(
        CertificateMalformed, Refusals.Fault(() => Pem.Read(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, times))), "chain")));

    [Fact]
    public void Strict_PEM_is_read_with_either_line_end_and_a_closing_zero()
    {
        const string Text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        foreach (string text in new[] { Text, Text + "\n", Text + "\n\0", Text.Replace("\n", "\r\n") + "\r\n\r\n", Text + "\n" + Text })
            Assert.All(Pem.Read(Encoding.ASCII.GetBytes(text), "chain"), der => Assert.Equal("000000", Convert.ToHexString(der.Span)));
        Assert.Equal(CollateralMissing, Refusals.Fault(() => Pem.Read([], "chain")));
    }

    private static void Fuzz(int seed, byte[] original, Func<byte[], object> verify)
    {
        Random random = new(seed);
        for (int trial = 0; trial < Trials; trial++)
        {
            byte[] mutated = Mutate(random, original);
            Expect(() => verify(mutated));
        }
    }

    /// <summary>Runs it and swallows the named refusal; everything else reaches the test. What passes was changed where it does not matter.</summary>
    private static void Expect(Func<object> verify)
    {
        try
        {
            Assert.NotNull(verify());
        }
        catch (AttestationException e)
        {
            Assert.True(Enum.IsDefined(e.Fault));
        }
    }

    /// <summary>Cuts, repeats, overwrites, or plants numbers that break careless arithmetic.</summary>
    private static byte[] Mutate(Random random, byte[] original)
    {
        int at = random.Next(original.Length), length = Math.Min(random.Next(1, 40), original.Length - at);
        byte[] copy = [.. original];
        switch (random.Next(6))
        {
            case 0:
                return copy[..at];
            case 1:
                return [.. copy[..at], .. copy[(at + length)..]];
            case 2:
                return [.. copy[..(at + length)], .. copy[at..]];
            case 3:
                random.NextBytes(copy.AsSpan(at, length));
                return copy;
            case 4:
                copy.AsSpan(at, Math.Min(4, original.Length - at)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0x80);
                return copy;
            default:
                for (int i = 0; i < 3; i++) copy[random.Next(copy.Length)] = (byte)random.Next(256);
                return copy;
        }
    }
}
