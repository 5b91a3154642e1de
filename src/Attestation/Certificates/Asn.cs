using System.Formats.Asn1;

namespace Blindsight.Attestation.Certificates;

/// <summary>Reads DER so that anything wrong with it becomes one named fault.</summary>
internal static class Asn
{
    /// <summary>The result of <paramref name="read"/> on the whole of <paramref name="der"/>, which must be one SEQUENCE.</summary>
    public static T Sequence<T>(ReadOnlyMemory<byte> der, AttestationFault fault, string place, Func<AsnReader, T> read)
    {
        try
        {
            AsnReader reader = new(der, AsnEncodingRules.DER);
            AsnReader sequence = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            T result = read(sequence);
            sequence.ThrowIfNotEmpty();
            return result;
        }
        catch (AsnContentException e)
        {
            throw new AttestationException(fault, place, $"{der.Length} bytes of DER cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A time in either of the two forms of RFC 5280 section 4.1.2.5.</summary>
    public static DateTimeOffset Time(this AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    /// <summary>The signature after the signed part: the algorithm, which must repeat the one inside, and the bits.</summary>
    public static byte[] Signature(this AsnReader reader, ReadOnlyMemory<byte> algorithmInside)
    {
        if (!reader.ReadEncodedValue().Span.SequenceEqual(algorithmInside.Span))
            throw new AsnContentException("the signature algorithms inside and outside differ");
        byte[] signature = reader.ReadBitString(out int unusedBits);
        if (unusedBits != 0) throw new AsnContentException("signature with a broken last byte");
        return signature;
    }

    /// <summary>Extensions by object identifier; each at most once.</summary>
    public static Dictionary<string, Extension> Extensions(this AsnReader sequence)
    {
        Dictionary<string, Extension> found = [];
        while (sequence.HasData)
        {
            AsnReader fields = sequence.ReadSequence();
            string identifier = fields.ReadObjectIdentifier();
            bool critical = fields.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && fields.ReadBoolean();
            Extension extension = new(critical, fields.ReadOctetString());
            fields.ThrowIfNotEmpty();
            if (!found.TryAdd(identifier, extension)) throw new AsnContentException($"extension {identifier} stands there twice");
        }
        return found;
    }
}

/// <summary>The value of an X.509 extension and whether it must be understood.</summary>
internal readonly record struct Extension(bool Critical, ReadOnlyMemory<byte> Value);
