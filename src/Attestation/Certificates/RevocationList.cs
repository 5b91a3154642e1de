using System.Formats.Asn1;

namespace Blindsight.Attestation.Certificates;

/// <summary>An X.509 certificate revocation list (RFC 5280 section 5.1), complete and direct: no deltas, no other issuers' entries.</summary>
internal sealed class RevocationList
{
    private readonly List<ReadOnlyMemory<byte>> serials = [];
    private ReadOnlyMemory<byte> tbs;
    private SignatureScheme scheme;
    private byte[] signature = [];

    private RevocationList(string place) => Place = place;

    /// <summary>What messages call it.</summary>
    public string Place { get; }

    public ReadOnlyMemory<byte> Issuer { get; private set; }

    public DateTimeOffset ThisUpdate { get; private set; }

    public DateTimeOffset NextUpdate { get; private set; }

    /// <exception cref="AttestationException">CrlMalformed; CollateralMissing for no bytes at all.</exception>
    public static RevocationList Read(ReadOnlyMemory<byte> der, string place)
    {
        if (der.IsEmpty) throw new AttestationException(AttestationFault.CollateralMissing, place, "was not given");
        return Asn.Sequence(der, AttestationFault.CrlMalformed, place, outer =>
        {
            RevocationList list = new(place) { tbs = outer.PeekEncodedValue() };
            ReadOnlyMemory<byte> algorithm = list.ReadSigned(outer.ReadSequence());
            list.scheme = SignatureSchemes.Read(algorithm);
            list.signature = outer.Signature(algorithm);
            return list;
        });
    }

    /// <summary>Whether the signature is that of <paramref name="issuerKey"/>.</summary>
    public bool IsSignedBy(PublicKey issuerKey) => issuerKey.Verifies(scheme, tbs.Span, signature);

    /// <summary>Whether the serial number (its bytes in DER) is listed.</summary>
    public bool Names(ReadOnlyMemory<byte> serial) => serials.Exists(listed => listed.Span.SequenceEqual(serial.Span));

    private ReadOnlyMemory<byte> ReadSigned(AsnReader fields)
    {
        if (!fields.TryReadInt32(out int version) || version != 1) throw new AsnContentException("not a list of version 2");
        ReadOnlyMemory<byte> algorithm = fields.ReadEncodedValue();
        Issuer = fields.ReadEncodedValue();
        ThisUpdate = fields.Time();
        NextUpdate = fields.Time();
        if (fields.HasData && fields.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence)) ReadEntries(fields.ReadSequence());
        if (fields.HasData)
        {
            AsnReader wrapper = fields.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
            RefuseCritical(wrapper.ReadSequence());
            wrapper.ThrowIfNotEmpty();
        }
        fields.ThrowIfNotEmpty();
        return algorithm;
    }

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            AsnReader entry = entries.ReadSequence();
            serials.Add(entry.ReadIntegerBytes());
            entry.Time();
            if (entry.HasData) RefuseCritical(entry.ReadSequence());
            entry.ThrowIfNotEmpty();
        }
    }

    /// <summary>A critical extension here changes what the list means (deltas, scopes, entries of other issuers).</summary>
    private static void RefuseCritical(AsnReader sequence)
    {
        foreach ((string identifier, Extension extension) in sequence.Extensions())
            if (extension.Critical)
                throw new AsnContentException($"extension {identifier} must be understood and is not");
    }
}
