using System.Formats.Asn1;
using Blindsight.Attestation.Certificates;

namespace Blindsight.Attestation.Dcap;

/// <summary>
/// What Intel states in a platform's certificate (Intel SGX PCK certificate and CRL profile, section 1.3.5): the sixteen versions of
/// its parts, that of the provisioning enclave, and which family of platforms it is.
/// </summary>
internal sealed record PckExtensions(byte[] ComponentVersions, ushort PceVersion, byte[] PceId, byte[] Fmspc)
{
    public const int Components = 16;

    private const string Sgx = "1.2.840.113741.1.13.1", Tcb = Sgx + ".2", Pce = Sgx + ".3", Family = Sgx + ".4", PceVersionArc = Tcb + ".17";

    /// <exception cref="AttestationException">CertificateMalformed.</exception>
    public static PckExtensions Read(Certificate certificate)
    {
        if (!certificate.Extensions.TryGetValue(Sgx, out Extension extension))
            throw new AttestationException(AttestationFault.CertificateMalformed, certificate.Place, "has no SGX extension");
        return Asn.Sequence(extension.Value, AttestationFault.CertificateMalformed, certificate.Place, fields =>
        {
            Dictionary<string, ReadOnlyMemory<byte>> values = Pairs(fields);
            AsnReader outer = new(Value(values, Tcb), AsnEncodingRules.DER);
            Dictionary<string, ReadOnlyMemory<byte>> versions = Pairs(outer.ReadSequence());
            byte[] components = new byte[Components];
            for (int i = 0; i < Components; i++) components[i] = (byte)Number(Value(versions, $"{Tcb}.{i + 1}"), byte.MaxValue);
            ushort pceVersion = (ushort)Number(Value(versions, PceVersionArc), ushort.MaxValue);
            return new PckExtensions(components, pceVersion, Octets(Value(values, Pce), 2), Octets(Value(values, Family), 6));
        });
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Pairs(AsnReader fields)
    {
        Dictionary<string, ReadOnlyMemory<byte>> found = [];
        while (fields.HasData)
        {
            AsnReader pair = fields.ReadSequence();
            string identifier = pair.ReadObjectIdentifier();
            if (!found.TryAdd(identifier, pair.ReadEncodedValue())) throw new AsnContentException($"{identifier} stands there twice");
            pair.ThrowIfNotEmpty();
        }
        return found;
    }

    private static ReadOnlyMemory<byte> Value(Dictionary<string, ReadOnlyMemory<byte>> values, string identifier) =>
        values.TryGetValue(identifier, out ReadOnlyMemory<byte> value) ? value : throw new AsnContentException($"{identifier} is missing");

    private static int Number(ReadOnlyMemory<byte> der, int numberMax)
    {
        AsnReader reader = new(der, AsnEncodingRules.DER);
        return reader.TryReadInt32(out int number) && number >= 0 && number <= numberMax
            ? number
            : throw new AsnContentException($"number outside 0 to {numberMax}");
    }

    private static byte[] Octets(ReadOnlyMemory<byte> der, int bytes)
    {
        byte[] value = new AsnReader(der, AsnEncodingRules.DER).ReadOctetString();
        return value.Length == bytes ? value : throw new AsnContentException($"{value.Length} bytes instead of {bytes}");
    }
}
