using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Blindsight.Attestation.Certificates;

/// <summary>The signatures that occur on certificates, revocation lists and statements of the two makers; no other is accepted.</summary>
internal enum SignatureScheme
{
    /// <summary>ECDSA on P-256 with SHA-256 (Intel).</summary>
    EcdsaSha256,
    /// <summary>RSASSA-PSS with SHA-384, MGF1 of the same, 48 bytes of salt (AMD).</summary>
    RsaPssSha384,
}

/// <summary>Reads AlgorithmIdentifiers (RFC 5280 section 4.1.1.2, RFC 4055 section 3.1, RFC 5758 section 3.2).</summary>
internal static class SignatureSchemes
{
    private const string EcdsaWithSha256 = "1.2.840.10045.4.3.2", RsassaPss = "1.2.840.113549.1.1.10",
        Mgf1 = "1.2.840.113549.1.1.8", Sha384 = "2.16.840.1.101.3.4.2.2";

    /// <exception cref="AsnContentException">Not one of the two schemes with exactly these parameters.</exception>
    public static SignatureScheme Read(ReadOnlyMemory<byte> algorithmIdentifier)
    {
        AsnReader reader = new(algorithmIdentifier, AsnEncodingRules.DER);
        AsnReader fields = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        string algorithm = fields.ReadObjectIdentifier();
        if (algorithm == EcdsaWithSha256)
        {
            fields.ThrowIfNotEmpty();
            return SignatureScheme.EcdsaSha256;
        }
        if (algorithm != RsassaPss) throw new AsnContentException($"signature algorithm {algorithm} is not accepted");
        ReadPssParameters(fields.ReadSequence());
        fields.ThrowIfNotEmpty();
        return SignatureScheme.RsaPssSha384;
    }

    private static void ReadPssParameters(AsnReader fields)
    {
        ExpectHash(Explicit(fields, 0));
        AsnReader mask = Explicit(fields, 1).ReadSequence();
        if (mask.ReadObjectIdentifier() != Mgf1) throw new AsnContentException("PSS with another mask than MGF1");
        ExpectHash(mask);
        if (!Explicit(fields, 2).TryReadInt32(out int saltBytes) || saltBytes != SHA384.HashSizeInBytes)
            throw new AsnContentException("PSS with another salt length than 48 bytes");
        // The trailer field is 1 by default; AMD writes it out all the same.
        if (fields.HasData && (!Explicit(fields, 3).TryReadInt32(out int trailer) || trailer != 1))
            throw new AsnContentException("PSS with another trailer than 1");
        fields.ThrowIfNotEmpty();
    }

    private static AsnReader Explicit(AsnReader fields, int number) => fields.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, number));

    private static void ExpectHash(AsnReader owner)
    {
        AsnReader hash = owner.ReadSequence();
        if (hash.ReadObjectIdentifier() != Sha384) throw new AsnContentException("PSS with another hash than SHA-384");
        if (hash.HasData) hash.ReadNull();
        hash.ThrowIfNotEmpty();
        owner.ThrowIfNotEmpty();
    }
}
