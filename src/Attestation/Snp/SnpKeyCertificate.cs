using System.Formats.Asn1;
using Blindsight.Attestation.Certificates;

namespace Blindsight.Attestation.Snp;

/// <summary>
/// What AMD states in the extensions of a VCEK or VLEK certificate (AMD 57230, "VCEK Certificate and KDS Interface", section 3):
/// product, firmware versions, and the chip's number (VCEK) or the provider's name (VLEK).
/// </summary>
internal sealed record SnpKeyCertificate(Certificate Certificate, SnpProduct Product, string ProductName, bool Leased, SnpTcb Tcb, byte[] ChipId)
{
    private const string Amd = "1.3.6.1.4.1.3704.1.", ChipKey = "SEV-VCEK", LeasedKey = "SEV-VLEK";

    private const int ChipIdBytes = 64, ShortChipIdBytes = 8;

    /// <summary>The certificate that must have issued this one, by its common name.</summary>
    public string IssuerName => Leased ? $"SEV-VLEK-{Product}" : $"SEV-{Product}";

    /// <exception cref="AttestationException">CertificateMalformed, CertificateUsage or ProductRefused.</exception>
    public static SnpKeyCertificate Read(Certificate certificate)
    {
        bool leased = certificate.Name switch
        {
            ChipKey => false,
            LeasedKey => true,
            _ => throw new AttestationException(AttestationFault.CertificateUsage, certificate.Place, $"is that of \"{certificate.Name}\""),
        };
        if (certificate.Key.Kind != KeyKind.P384)
            throw new AttestationException(AttestationFault.CertificateUsage, certificate.Place, "has another key than one on P-384");
        try
        {
            AsnReader text = new(Value("2"), AsnEncodingRules.DER);
            string name = text.ReadCharacterString(UniversalTagNumber.IA5String);
            text.ThrowIfNotEmpty();
            SnpProduct product = ProductOf(name);
            byte fmc = product == SnpProduct.Turin ? Number("3.9") : (byte)0;
            SnpTcb tcb = new(fmc, Number("3.1"), Number("3.2"), Number("3.3"), Number("3.8"));
            return new SnpKeyCertificate(certificate, product, name, leased, tcb, leased ? [] : ReadChipId(Value("4").Span));
        }
        catch (AsnContentException e)
        {
            throw new AttestationException(AttestationFault.CertificateMalformed, certificate.Place, $"AMD's extensions cannot be read: {e.Message}", e);
        }

        ReadOnlyMemory<byte> Value(string arc) => certificate.Extensions.TryGetValue(Amd + arc, out Extension extension)
            ? extension.Value
            : throw new AsnContentException($"extension {Amd}{arc} is missing");

        byte Number(string arc)
        {
            AsnReader reader = new(Value(arc), AsnEncodingRules.DER);
            if (!reader.TryReadInt32(out int number) || number is < 0 or > byte.MaxValue || reader.HasData)
                throw new AsnContentException($"extension {Amd}{arc} is not a byte");
            return (byte)number;
        }

        // A VLEK names the line only ("Milan"), a VCEK the stepping too ("Milan-B0").
        SnpProduct ProductOf(string name)
        {
            string line = name.Split('-')[0];
            foreach (SnpProduct product in Enum.GetValues<SnpProduct>())
                if (product.ToString() == line)
                    return product;
            throw new AttestationException(AttestationFault.ProductRefused, certificate.Place, "is for a product line that is not known");
        }
    }

    /// <summary>The 64 bytes that the report must show. Turin's certificates hold 8, and its reports fill up with zeros.</summary>
    private static byte[] ReadChipId(ReadOnlySpan<byte> value)
    {
        if (value.Length is not (ChipIdBytes or ShortChipIdBytes)) throw new AsnContentException($"chip number of {value.Length} bytes");
        byte[] chip = new byte[ChipIdBytes];
        value.CopyTo(chip);
        return chip;
    }
}
