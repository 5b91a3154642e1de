using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Blindsight.Attestation;
using Blindsight.Unit.Attestation.Forge;
using static Blindsight.Attestation.AttestationFault;

namespace Blindsight.Unit.Attestation;

/// <summary>Certificates of platforms that are signed well and say something odd.</summary>
public sealed class PlatformCertificateTests
{
    [Fact]
    public void The_SGX_extension_must_be_there()
    {
        Refused(_ => null);
        Refused(_ => []);
        Refused(value => [.. value, 0]);
        Refused(value => value[..^1]);
    }

    [Fact]
    public void Each_of_its_entries_must_be_there_once()
    {
        for (int i = 1; i < 4; i++) // the first, the platform's number, is not needed
        {
            Refused(value => Rebuilt(value, entries => entries.RemoveAt(i)));
            Refused(value => Rebuilt(value, entries => entries.Add(entries[i])));
        }
        new IntelForge { EditSgxExtension = value => Rebuilt(value, entries => entries.RemoveAt(0)) }.Verify();
    }

    [Fact]
    public void An_extension_that_must_be_understood_and_is_not_is_refused()
    {
        Form form = new IntelForge().PckForm;
        Assert.Equal(CertificateMalformed, Refusals.Fault(
            () => new IntelForge { PckForm = form with { Extensions = [new X509Extension("1.2.3.4", [5, 0], critical: true)] } }.Verify()));
        new IntelForge { PckForm = form with { Extensions = [new X509Extension("1.2.3.4", [5, 0], critical: false)] } }.Verify();
    }

    private static byte[] Rebuilt(byte[] value, Action<List<byte[]>> edit)
    {
        AsnReader fields = new AsnReader(value, AsnEncodingRules.DER).ReadSequence();
        List<byte[]> entries = [];
        while (fields.HasData) entries.Add(fields.ReadEncodedValue().ToArray());
        edit(entries);
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
            foreach (byte[] entry in entries)
                writer.WriteEncodedValue(entry);
        return writer.Encode();
    }

    private static void Refused(Func<byte[], byte[]?> edit) =>
        Assert.Equal(CertificateMalformed, Refusals.Fault(() => new IntelForge { EditSgxExtension = edit }.Verify()));
}
