using System.Formats.Asn1;

namespace Blindsight.Attestation.Certificates;

/// <summary>The bits of the key usage extension, in its order (RFC 5280 section 4.2.1.3).</summary>
[Flags]
internal enum KeyUses
{
    DigitalSignature = 1 << 0,
    NonRepudiation = 1 << 1,
    KeyEncipherment = 1 << 2,
    DataEncipherment = 1 << 3,
    KeyAgreement = 1 << 4,
    CertificateSign = 1 << 5,
    CrlSign = 1 << 6,
    EncipherOnly = 1 << 7,
    DecipherOnly = 1 << 8,
}

/// <summary>
/// An X.509 certificate (RFC 5280 section 4.1) read in managed code, so that its bytes decide alone: no system store, no network,
/// no leniency of a native library. Reading checks the form; <see cref="CertificateChain"/> checks everything else.
/// </summary>
internal sealed class Certificate
{
    private const string CommonName = "2.5.4.3", BasicConstraints = "2.5.29.19", KeyUsage = "2.5.29.15";

    private ReadOnlyMemory<byte> tbs;
    private SignatureScheme scheme;
    private byte[] signature = [];

    private Certificate(string place, ReadOnlyMemory<byte> raw)
    {
        Place = place;
        Raw = raw;
    }

    /// <summary>What messages call it.</summary>
    public string Place { get; }

    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>DER of the names, compared byte by byte.</summary>
    public ReadOnlyMemory<byte> Issuer { get; private set; }

    public ReadOnlyMemory<byte> Subject { get; private set; }

    /// <summary>The subject's one common name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The serial number's bytes, as in DER.</summary>
    public ReadOnlyMemory<byte> Serial { get; private set; }

    public DateTimeOffset NotBefore { get; private set; }

    public DateTimeOffset NotAfter { get; private set; }

    public PublicKey Key { get; private set; } = null!;

    public IReadOnlyDictionary<string, Extension> Extensions { get; private set; } = new Dictionary<string, Extension>();

    /// <summary>Whether it may issue certificates, and how many issuers may follow below it.</summary>
    public bool IsAuthority { get; private set; }

    public int PathLengthMax { get; private set; } = int.MaxValue;

    /// <summary>What the key may be used for; null if the certificate does not say.</summary>
    public KeyUses? Usage { get; private set; }

    /// <exception cref="AttestationException">CertificateMalformed.</exception>
    public static Certificate Read(ReadOnlyMemory<byte> der, string place) =>
        Asn.Sequence(der, AttestationFault.CertificateMalformed, place, outer =>
        {
            Certificate certificate = new(place, der) { tbs = outer.PeekEncodedValue() };
            ReadOnlyMemory<byte> algorithm = certificate.ReadSigned(outer.ReadSequence());
            certificate.scheme = SignatureSchemes.Read(algorithm);
            certificate.signature = outer.Signature(algorithm);
            return certificate;
        });

    /// <summary>Whether the signature is that of <paramref name="issuerKey"/>.</summary>
    public bool IsSignedBy(PublicKey issuerKey) => issuerKey.Verifies(scheme, tbs.Span, signature);

    private ReadOnlyMemory<byte> ReadSigned(AsnReader fields)
    {
        AsnReader version = fields.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
        if (!version.TryReadInt32(out int number) || number != 2) throw new AsnContentException("not a certificate of version 3");
        version.ThrowIfNotEmpty();
        Serial = fields.ReadIntegerBytes();
        ReadOnlyMemory<byte> algorithm = fields.ReadEncodedValue();
        Issuer = fields.ReadEncodedValue();
        AsnReader validity = fields.ReadSequence();
        NotBefore = validity.Time();
        NotAfter = validity.Time();
        validity.ThrowIfNotEmpty();
        Subject = fields.PeekEncodedValue();
        Name = ReadCommonName(fields.ReadSequence());
        Key = PublicKey.Read(fields.ReadSequence());
        AsnReader wrapper = fields.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3));
        Extensions = wrapper.ReadSequence().Extensions();
        wrapper.ThrowIfNotEmpty();
        fields.ThrowIfNotEmpty();
        ReadUses();
        return algorithm;
    }

    private static string ReadCommonName(AsnReader name)
    {
        string? found = null;
        while (name.HasData)
        {
            AsnReader relative = name.ReadSetOf(), attribute = relative.ReadSequence();
            relative.ThrowIfNotEmpty();
            if (attribute.ReadObjectIdentifier() == CommonName)
            {
                if (found is not null) throw new AsnContentException("subject with two common names");
                found = attribute.PeekTag().HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.PrintableString))
                    ? attribute.ReadCharacterString(UniversalTagNumber.PrintableString)
                    : attribute.ReadCharacterString(UniversalTagNumber.UTF8String);
            }
            else
            {
                attribute.ReadEncodedValue();
            }
            attribute.ThrowIfNotEmpty();
        }
        return found ?? throw new AsnContentException("subject without a common name");
    }

    private void ReadUses()
    {
        foreach ((string identifier, Extension extension) in Extensions)
        {
            if (identifier == BasicConstraints) ReadBasicConstraints(extension.Value);
            else if (identifier == KeyUsage) ReadKeyUsage(extension.Value);
            else if (extension.Critical) throw new AsnContentException($"extension {identifier} must be understood and is not");
        }
    }

    private void ReadBasicConstraints(ReadOnlyMemory<byte> value)
    {
        AsnReader outer = new(value, AsnEncodingRules.DER), fields = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        IsAuthority = fields.HasData && fields.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && fields.ReadBoolean();
        if (!fields.HasData) return;
        if (!fields.TryReadInt32(out int limit) || limit < 0) throw new AsnContentException("path length is not a small number");
        PathLengthMax = limit;
        fields.ThrowIfNotEmpty();
    }

    private void ReadKeyUsage(ReadOnlyMemory<byte> value)
    {
        // AMD leaves zeros at the end of the list, which DER forbids for named bits; so this reads a plain bit string.
        AsnReader outer = new(value, AsnEncodingRules.DER);
        byte[] bits = outer.ReadBitString(out _);
        outer.ThrowIfNotEmpty();
        if (bits.Length > 2) throw new AsnContentException("key usage of more than two bytes");
        KeyUses uses = 0;
        for (int i = 0; i < 8 * bits.Length; i++)
            if ((bits[i / 8] & 0x80 >> i % 8) != 0)
                uses |= (KeyUses)(1 << i);
        Usage = uses;
    }
}
