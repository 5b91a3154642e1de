using System.Collections.Immutable;
using System.Text.Json;

namespace Blindsight.Attestation.Dcap;

/// <summary>
/// Intel's statement, version 2, of which quoting enclave is genuine: the one that makes attestation keys and that the platform's key
/// vouches for. SGX and TDX have one each.
/// </summary>
internal sealed record QeIdentity(
    bool Tdx, int EvaluationNumber, DateTimeOffset Issued, DateTimeOffset NextUpdate, byte[] MiscSelect, byte[] MiscSelectMask,
    byte[] Attributes, byte[] AttributesMask, byte[] MrSigner, int ProductId, ImmutableArray<PartLevel> Levels)
{
    public const string Place = "QE identity";

    /// <exception cref="AttestationException">CollateralMalformed.</exception>
    public static QeIdentity Read(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = Statement.Document(json, Place);
        Statement fields = new(document.RootElement, Place);
        string id = fields.Text("id");
        if (id is not ("QE" or "TD_QE")) throw fields.Malformed("is for neither quoting enclave");
        if (fields.Number("version", int.MaxValue) != 2) throw fields.Malformed("is not of version 2");
        return new QeIdentity(
            id == "TD_QE", fields.Number("tcbEvaluationDataNumber", int.MaxValue), fields.Time("issueDate"), fields.Time("nextUpdate"),
            fields.Hex("miscselect", 4), fields.Hex("miscselectMask", 4), fields.Hex("attributes", 16), fields.Hex("attributesMask", 16),
            fields.Hex("mrsigner", 32), fields.Number("isvprodid", ushort.MaxValue), PartLevel.ReadAll(fields));
    }

    /// <summary>The verdict on the version of the quoting enclave.</summary>
    /// <exception cref="AttestationException">QeIdentityMismatch: another enclave. TcbLevelUnknown: too old.</exception>
    public TcbVerdict Match(SgxReport enclave)
    {
        Expect(enclave.MrSigner.SequenceEqual(MrSigner), "signer");
        Expect(enclave.ProductId == ProductId, "product number");
        // Intel writes numbers in the statement as they lie in memory, so bytes compare with bytes.
        Expect(Masked.Equal(enclave.MiscSelect, MiscSelectMask, MiscSelect), "MISCSELECT");
        Expect(Masked.Equal(enclave.Attributes, AttributesMask, Attributes), "attributes");
        return PartLevel.Match(Levels, enclave.Version, "quoting enclave");
    }

    private static void Expect(bool equal, string field)
    {
        if (!equal) throw new AttestationException(AttestationFault.QeIdentityMismatch, "quoting enclave", $"has another {field} than its identity states");
    }
}
